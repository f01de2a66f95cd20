"""The part of CloudWatch that watches: metrics of other services, alarm states, alarm actions."""
