"""What runs in processes of its own: the data, the engine, and nothing of the web.

The *supervisor* is started by `service.sparql.processes`, loads the dataset once and
forks a *worker* whenever it is told to. Only this package knows pyoxigraph, and the web
process imports nothing of it.
"""
