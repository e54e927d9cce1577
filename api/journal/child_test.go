package journal

// This file is about one thing: the test binary as another process.

// childEnv names what the re-executed test binary does instead of testing.
const childEnv = "VIZORA_JOURNAL_CHILD"

func child() int { return 2 }
