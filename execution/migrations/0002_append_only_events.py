"""The event log accepts new rows only."""

from django.db import migrations

FORBID = """
CREATE FUNCTION order_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the order event log is append-only';
END $$;
CREATE TRIGGER order_events_are_append_only BEFORE UPDATE OR DELETE ON execution_orderevent
    FOR EACH ROW EXECUTE FUNCTION order_events_are_append_only();
"""
ALLOW = """
DROP TRIGGER order_events_are_append_only ON execution_orderevent;
DROP FUNCTION order_events_are_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("execution", "0001_initial")]
    operations = [migrations.RunSQL(FORBID, ALLOW)]
