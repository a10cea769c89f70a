-- patch: Start anew.
DISCARD PLANS;
