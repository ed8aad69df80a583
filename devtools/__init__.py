"""What `./dev` is made of: one module per concern, standard library only until the venv is there.

`cli` is the entry. `venv`, `debian`, `odoo` and `pdf` provide what is missing in the user's
cache; `postgres` and `database` run the server and its databases in the checkout's `.dev/`;
`serve`, `test`, `lint`, `shots` and `bench` are the commands.
"""
