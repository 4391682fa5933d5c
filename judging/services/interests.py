"""Systems in whose result a person has a stake: they never judge them (judging J102)."""

from typing import Final

from django.db import connection

from judging.models import Annotator

# One statement, since every draw asks it. A domain is that of a confirmed address, or one that it is part
# of: a.b.org is b.org's too.
_OWN: Final = """
    WITH said AS (
        SELECT team_id, upper(provider) AS maker FROM judging_affiliation WHERE annotator_id = %(annotator)s
    ), hosts AS (
        SELECT '.' || lower(split_part(email, '@', -1)) AS host FROM account_emailaddress
        WHERE user_id = %(user)s AND verified
    ), teams AS (
        SELECT id, upper(provider) AS maker FROM inference_team
        WHERE id IN (SELECT team_id FROM inference_membership WHERE person_id = %(user)s)
            OR id IN (SELECT team_id FROM said)
            OR upper(provider) IN (SELECT maker FROM said WHERE maker <> '')
            OR EXISTS (
                SELECT FROM hosts, unnest(mail_domains) AS domain
                WHERE domain LIKE '%%.%%' AND right(host, length(domain) + 1) = '.' || domain
            )
    ), makers AS (
        SELECT maker FROM said WHERE maker <> '' UNION SELECT maker FROM teams WHERE maker <> ''
    )
    SELECT system.id FROM inference_system AS system
    JOIN inference_model AS model ON model.id = system.model_id
    LEFT JOIN inference_team AS team ON team.id = model.team_id
    WHERE team.id IN (SELECT id FROM teams)
        OR upper(model.provider) IN (SELECT maker FROM makers)
        OR upper(team.provider) IN (SELECT maker FROM makers)
"""


def of(annotator: Annotator) -> frozenset[int]:
    """Find the keys of the systems that this person never hears.

    Those of a team that they are or were in, or that a confirmed address of theirs belongs to, of those and
    the makers to whom they said to be tied, now or once, and of the makers whom such a team names.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OWN, {"annotator": annotator.pk, "user": annotator.user_id})
        return frozenset(system for (system,) in cursor.fetchall())
