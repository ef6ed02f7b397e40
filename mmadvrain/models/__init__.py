"""Networks."""
from .backbones import *  # noqa: F401, F403
from .classifiers import *  # noqa: F401, F403
from .defended_detector import build_defended_detector  # noqa: F401
from .derainers import *  # noqa: F401, F403
from .generators import *  # noqa: F401, F403
from .losses import *  # noqa: F401, F403
from .shared_heads import *  # noqa: F401, F403
