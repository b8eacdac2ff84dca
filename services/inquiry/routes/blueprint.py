"""The one blueprint of the public routes. Its name is in endpoints, and so in logs and metrics."""

from services.kit.http.server import Blueprint

blueprint = Blueprint("inquiry", __name__, url_prefix="/api/v1/inquiry")
