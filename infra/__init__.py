"""The CDK app that deploys rdspatch: two functions, the workflow that drives them, the audit table.

Importing the package chooses the Node that the CDK will run on, which has to happen before `aws_cdk` is
imported.
"""

from __future__ import annotations

import os

from .node import prefer_packaged_node

prefer_packaged_node(os.environ)
