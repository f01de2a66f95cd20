"""What the parts of the project agree on: names, ARNs, prefixes, file layouts, console links.

The notifier, the ML pipeline, the delivery jobs, the KPI tables and the IAM policies all derive these from here. The
package uses the standard library only, since it travels in the notifier's zip, and knows no settings: its functions
take plain values.
"""
