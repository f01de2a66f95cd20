"""AWS Lake Formation: permissions on the Data Catalog, registered locations and data lake settings.

Permissions are kept, checked, and asked for by the Data Catalog and by queries.
"""
