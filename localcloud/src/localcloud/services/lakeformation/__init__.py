"""AWS Lake Formation: permissions on the Data Catalog, registered locations and data lake settings.

Permissions are kept and checked; queries do not ask for them.
"""
