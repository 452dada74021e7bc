"""Rate limits over several levels at once, all or nothing: in Redis for all workers, in process without it."""

from omd.infra.limits.headers import limit_field, policy_field
from omd.infra.limits.in_process import InProcessLimits
from omd.infra.limits.in_redis import KEY_PREFIX, InRedisLimits, RedisAway
from omd.infra.limits.limiter import Limiter
from omd.infra.limits.model import MOST_PER_SECOND, Level, Quota, Standing, Verdict

__all__ = [
    "KEY_PREFIX",
    "MOST_PER_SECOND",
    "InProcessLimits",
    "InRedisLimits",
    "Level",
    "Limiter",
    "Quota",
    "RedisAway",
    "Standing",
    "Verdict",
    "limit_field",
    "policy_field",
]
