from services.kit.schema import run_migrations
from services.records.models import Base

run_migrations(Base.metadata)
