"""OKX's own protocol over the matching core: REST below `/api/v5`, WebSockets below `/ws/v5`."""

from execution.paper.gateways.okx.gateway import OkxGateway

GATEWAY = OkxGateway
