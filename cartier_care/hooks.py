def uninstall_hook(env):
    """Let go of what Odoo removes one by one before it drops the tables that name it.

    Products stay when the addon goes; the register of custody, which goes, holds on to all orders.

    :param odoo.api.Environment env: of the database that the addon leaves
    """
    env.flush_all()
    env.cr.execute("UPDATE product_template SET collection_id = NULL")
    env.cr.execute("UPDATE care_creation SET collection_id = NULL, original_id = NULL")
    env.cr.execute("DELETE FROM care_custody_move")
    env.invalidate_all()
