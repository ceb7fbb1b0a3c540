"""Who does the chunks of a job: threads of this process, other processes, or a Dask cluster's workers.

Each is a context that gives a ``Pool``: its workers are there until it ends, for as many jobs as come.
"""
