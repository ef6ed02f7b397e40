from dataclasses import dataclass, field


@dataclass(frozen=True)
class StudyRow:
    """One number of a study, and all that it is of.

    Attributes:
        sweep: Sweep of the cell; empty for clean images.
        row: Name of the images in tables: ``clean``, the label of a cell, or
            ``VIEW (LABEL)``; behind ``SOURCE: `` where there are several.
        label: Label of the cell.
        x: Where the cell stands in a plot.
        line: Which line of the plot it belongs to.
        view: ``clean``, ``adversarial``, ``random`` or ``random_MEASURE``.
        source: Model under attack, and its config file.
        source_config: See above.
        attack_config: Config file of the attack.
        seed: Of the attack; None of a mean over several.
        seeds: Number of seeds that the value is the mean of.
        folder: Of the images, below the study's.
        victim: Model that is scored, its config file, checkpoint and the
            checkpoint's SHA-256 sum.
        victim_config: See above.
        checkpoint: See above.
        sha256: See above.
        images: Number of images.
        metric: Name of the metric, and what it stands for.
        convention: See above.
        value: Of the metric, unrounded.
        low: Lower end of its 95 percent interval, over images, or over seeds
            where there are several; None without one.
        high: Upper end.
        scale: What makes percent of the three.
        paper: Published number, in percent.
        flags: How many images raised each flag; ``failed`` could not be
            attacked.
        quality: Means of PSNR, SSIM, magnitude and time of the images.
    """
    sweep: str
    row: str
    view: str
    victim: str
    metric: str
    value: float | None
    label: str = ''
    x: float | None = None
    line: str = ''
    source: str = ''
    source_config: str = ''
    attack_config: str = ''
    seed: int | None = None
    seeds: int = 1
    folder: str = ''
    victim_config: str = ''
    checkpoint: str | None = None
    sha256: str = ''
    images: int = 0
    convention: str = ''
    low: float | None = None
    high: float | None = None
    scale: float = 100.
    paper: float | None = None
    flags: dict[str, int] = field(default_factory=dict)
    quality: dict[str, float | None] = field(default_factory=dict)
