def migrate(cr, version):
    """Let the update make the index of engraved numbers anew: they are searched by parts now.

    :param cr: the cursor of the update
    :param str version: the version that is updated
    """
    cr.execute("DROP INDEX IF EXISTS care_creation__serial_key_index")
