"""AWS Lake Formation: permissions on the Data Catalog, registered locations and data lake settings."""
