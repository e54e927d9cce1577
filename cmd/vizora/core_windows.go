package main

// This file is about one thing: memory images. Windows writes none of a console
// program unless its owner set that up for this program.

func noCore() {}
