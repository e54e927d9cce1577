package api

// This file is about one thing: the time zones of displays, in which schedules
// run.

import "time"

// Zone returns the time zone of that name; nil when there is none. The platform
// stores any text (contract rest 8); Go's own "Local" is no zone of a display.
func Zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil
	}
	return zone
}

// NoZones says what to do where this machine knows no time zones at all, as a bare
// container does; "" where it does know them.
func NoZones() string {
	if Zone("America/New_York") != nil {
		return ""
	}
	return "this machine has no time zone data, so schedules outside UTC cannot be placed: install tzdata, or set ZONEINFO to a zoneinfo.zip"
}
