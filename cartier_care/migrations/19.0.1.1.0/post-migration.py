def migrate(cr, version):
    """Begin the list of owners of creations with those that are known.

    :param cr: the cursor of the update
    :param str version: the version that is updated
    """
    cr.execute(
        """
        INSERT INTO care_creation_owner (
            creation_id, partner_id, user_id, date, create_uid, write_uid, create_date, write_date
        )
        SELECT id, partner_id, create_uid, create_date, create_uid, create_uid,
               NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
          FROM care_creation
         WHERE partner_id IS NOT NULL
           AND create_uid IS NOT NULL
           AND id NOT IN (SELECT creation_id FROM care_creation_owner)
        """
    )
