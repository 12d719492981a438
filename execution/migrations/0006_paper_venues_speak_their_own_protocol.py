"""The paper exchange's OKX and Bybit used to speak Binance's protocol; now each speaks its own."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

OWN = ("okx", "bybit")


def speak_their_own(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Set the protocol of the venues on the desk's own paper exchange; one at another address is the administrator's."""
    venues = apps.get_model("execution", "Venue").objects.filter(name__in=OWN, mode="paper", base_url="", ccxt_id="binance")
    for venue in venues:
        venue.ccxt_id = venue.name
        venue.save(update_fields=["ccxt_id"])


class Migration(migrations.Migration):
    dependencies = [("execution", "0005_child_nudged_at")]

    operations = [migrations.RunPython(speak_their_own, migrations.RunPython.noop)]
