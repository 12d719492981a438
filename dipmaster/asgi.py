"""The web application: HTTP through Django, WebSockets through Channels."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dipmaster.settings")
_django = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  (models need the set-up above)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402

from execution.routing import websocket_urls  # noqa: E402

application = ProtocolTypeRouter(
    {"http": _django, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urls)))}
)
