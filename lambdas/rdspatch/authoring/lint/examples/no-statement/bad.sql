-- patch: Think about jobs.
/* nothing yet */
