"""Benches: time and SQL queries of this addon beside what Odoo itself needs for the like.

`./dev bench` runs them on a database of their own. A bench is a function marked with
`framework.bench` in a module of this package; it takes an Odoo environment and yields rows.
"""
