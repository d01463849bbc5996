"""The web shell: settings, login pages, navigation, number page, API root; no business."""
