/* This build had no npm: the page shows its numbers without charts. */
