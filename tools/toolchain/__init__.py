"""Getting the pinned Pulumi CLI: from PATH, the cache, the official installer or a build with Go.

Used by the set-up of a clone (`tools.setup`) and by the builds of the delivery pipeline (`delivery.install`).
"""
