"""Amazon QuickSight: data sources, data sets with SPICE, refresh schedules and dashboards."""
