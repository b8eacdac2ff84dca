from services.auth.models import Base
from services.kit.schema import run_migrations

run_migrations(Base.metadata)
