package api

// This file is about one thing: what a schedule is (contract rest 8).

import "time"

// Schedule plays a playlist on a display or a group at certain times.
type Schedule struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description *string   `json:"description"`
	PlaylistID  string    `json:"playlistId"`
	DisplayID   *string   `json:"displayId"`
	GroupID     *string   `json:"displayGroupId"`
	StartDate   time.Time `json:"startDate"`
	EndDate     time.Time `json:"endDate"`    // zero: without an end
	StartTime   *int      `json:"startTime"`  // minutes since midnight, in each display's zone
	EndTime     *int      `json:"endTime"`    // minutes since midnight
	Days        []int     `json:"daysOfWeek"` // 0 is Sunday
	Priority    int       `json:"priority"`   // the higher wins
	IsActive    bool      `json:"isActive"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`

	// What it embeds of others is read by name only: the rows of displays hold
	// their credentials' hashes (contract rest 8).
	Playlist *Row `json:"playlist"`
	Display  *Row `json:"display"`
	Group    *Row `json:"displayGroup"`
}

func clockOrNil(minutes *int) any {
	if minutes == nil {
		return nil
	}
	return ClockText(*minutes)
}

// Schedules describes the kind.
var Schedules = describe(Schema{
	Kind: "Schedule", Noun: "schedule", Plural: "schedules", Path: "/schedules", Mixed: true,
	About:     "when a playlist plays on a display or a group",
	OneOf:     []string{"display", "group"},
	CanCreate: []string{Admin, Manager}, CanUpdate: []string{Admin, Manager}, CanDelete: []string{Admin},
}, []Attr[*Schedule]{
	{Field{Name: "id", Type: TypeString, Help: "id", Column: Column{Header: "ID"}},
		func(s *Schedule) any { return s.ID }},
	{Field{Name: "name", Write: "name", Flag: "name", Type: TypeString, Required: true, Min: 1, Help: "name; not unique", Column: Column{Header: "NAME", Priority: 1, Width: 40}},
		func(s *Schedule) any { return s.Name }},
	{Field{Name: "playlist", Read: "playlistId", Write: "playlistId", Flag: "playlist", Type: TypeRef, Ref: "playlist", Required: true, Help: "what plays", Column: Column{Header: "PLAYLIST", Priority: 2, Width: 28}},
		func(s *Schedule) any { return s.PlaylistID }},
	{Field{Name: "display", Read: "displayId", Write: "displayId", Flag: "display", Type: TypeRef, Ref: "display", Keeps: "a schedule without a target never plays; name the display or the group it is for instead", Help: "the display it is for", Column: Column{Header: "DISPLAY", Priority: 3, Width: 24}},
		func(s *Schedule) any { return orNil(s.DisplayID) }},
	{Field{Name: "group", Read: "displayGroupId", Write: "displayGroupId", Flag: "group", Type: TypeRef, Ref: "group", Keeps: "a schedule without a target never plays; name the display or the group it is for instead", Help: "the group it is for", Column: Column{Header: "GROUP", Priority: 4, Width: 24}},
		func(s *Schedule) any { return orNil(s.GroupID) }},
	{Field{Name: "days", Read: "daysOfWeek", Write: "daysOfWeek", Flag: "days", Type: TypeDays, Required: true, Help: "mon,wed or mon-fri, daily, weekdays, weekend", Column: Column{Header: "DAYS", Priority: 7}},
		func(s *Schedule) any { return DayNames(s.Days) }},
	{Field{Name: "startTime", Write: "startTime", Flag: "start", Type: TypeClock, Clear: true, Help: "when it begins, in each display's own time zone; without it or an end, all day", Column: Column{Header: "START", Priority: 5}},
		func(s *Schedule) any { return clockOrNil(s.StartTime) }},
	{Field{Name: "endTime", Write: "endTime", Flag: "end", Type: TypeClock, Clear: true, Help: "when it ends; before the start means the next day", Column: Column{Header: "END", Priority: 6}},
		func(s *Schedule) any { return clockOrNil(s.EndTime) }},
	{Field{Name: "priority", Write: "priority", Flag: "priority", Type: TypeInt, Plain: true, Help: "the higher wins (default 0)", Column: Column{Header: "PRIO", Priority: 9}},
		func(s *Schedule) any { return s.Priority }},
	{Field{Name: "isActive", Write: "isActive", Flag: "active", Type: TypeBool, Help: "whether it is in force", Column: Column{Header: "ACTIVE", Priority: 8}},
		func(s *Schedule) any { return s.IsActive }},
	{Field{Name: "startDate", Write: "startDate", Flag: "from", Type: TypeTime, Required: true, Help: "first day; a bare date is midnight UTC", Column: Column{Header: "FROM", Priority: 10, Wide: true}},
		func(s *Schedule) any { return timeOrNil(s.StartDate) }},
	{Field{Name: "endDate", Write: "endDate", Flag: "until", Type: TypeTime, Keeps: "the platform ignores it (make a new schedule without an end, or give a date far off)", Help: "when it ends for good; a bare date is midnight UTC, so that day is not in it", Column: Column{Header: "UNTIL", Priority: 11, Wide: true}},
		func(s *Schedule) any { return timeOrNil(s.EndDate) }},
	{Field{Name: "description", Write: "description", Flag: "description", Type: TypeString, Clear: true, Help: "free text"},
		func(s *Schedule) any { return orNil(s.Description) }},
	{Field{Name: "createdAt", Type: TypeTime, Help: "when it was made", Column: Column{Header: "CREATED", Priority: 13, Wide: true}},
		func(s *Schedule) any { return timeOrNil(s.CreatedAt) }},
	{Field{Name: "updatedAt", Type: TypeTime, Noise: true, Help: "when it last changed", Column: Column{Header: "UPDATED", Priority: 12, Wide: true}},
		func(s *Schedule) any { return timeOrNil(s.UpdatedAt) }},
})
