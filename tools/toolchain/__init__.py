"""Getting the pinned Pulumi CLI: from PATH, the cache, the release or a build with Go, and the provider plugins.

Used by the set-up of a clone (`tools.setup`) and by the builds of the delivery pipeline (`delivery.install`).
"""
