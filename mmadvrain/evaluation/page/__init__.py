"""A finished run or study -> one HTML file.

Reading order: run_folder (what a run left), damage (what rain did to each
image), class_scores (AP of each class), rain_words (the rain in words),
pictures (small pictures beside the page), curves (objectives as SVG),
run_page and study_page (all of it into a template).
"""
from .run_page import write_run_page
from .study_page import write_study_page
from .tried import tried

__all__ = ['tried', 'write_run_page', 'write_study_page']
