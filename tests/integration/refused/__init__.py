"""What each profile must refuse: emitted resources with one thing made wrong."""
