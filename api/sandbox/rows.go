// The rows, with the field names of the platform's answers. Fields that never leave the server are in structs of their own.

package sandbox

import (
	"encoding/json"
	"strings"
	"time"
)

// stamp is a time in answers: ISO 8601, UTC, milliseconds.
type stamp struct{ time.Time }

const stampLayout = "2006-01-02T15:04:05.000Z"

func (s stamp) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, len(stampLayout)+2)
	b = append(b, '"')
	b = s.AppendFormat(b, stampLayout)
	return append(b, '"'), nil
}

// text is the stamp as answers show it.
func (s stamp) text() string { return s.UTC().Format(stampLayout) }

func (s *stamp) UnmarshalJSON(b []byte) error {
	t, err := time.Parse(stampLayout, strings.Trim(string(b), `"`))
	s.Time = t
	return err
}

// incomparable is the first field of rows, which nobody compares: the compiler need not write how.
type incomparable [0]func()

func ptr[T any](v T) *T { return &v }

type orgRow struct {
	ID                     string          `json:"id"`
	Name                   string          `json:"name"`
	Slug                   string          `json:"slug"`
	LogoURL                *string         `json:"logoUrl"`
	SubscriptionTier       string          `json:"subscriptionTier"`
	ScreenQuota            int             `json:"screenQuota"`
	StripeCustomerID       *string         `json:"stripeCustomerId"`
	StripeSubscriptionID   *string         `json:"stripeSubscriptionId"`
	RazorpayCustomerID     *string         `json:"razorpayCustomerId"`
	RazorpaySubscriptionID *string         `json:"razorpaySubscriptionId"`
	PaymentProvider        *string         `json:"paymentProvider"`
	Country                string          `json:"country"`
	GSTIN                  *string         `json:"gstin"`
	BillingEmail           *string         `json:"billingEmail"`
	TrialEndsAt            stamp           `json:"trialEndsAt"`
	SubscriptionStatus     string          `json:"subscriptionStatus"`
	EntitlementStateSince  *stamp          `json:"entitlementStateSince"`
	BillingEventAt         *stamp          `json:"billingEventAt"`
	MFARequired            bool            `json:"mfaRequired"`
	StorageUsedBytes       int64           `json:"storageUsedBytes"`
	StorageQuotaBytes      int64           `json:"storageQuotaBytes"`
	Settings               json.RawMessage `json:"settings"`
	CreatedAt              stamp           `json:"createdAt"`
	UpdatedAt              stamp           `json:"updatedAt"`
}

type userRow struct {
	_              incomparable
	ID             string  `json:"id"`
	Email          string  `json:"email"`
	ClerkUserID    *string `json:"clerkUserId"`
	FirstName      string  `json:"firstName"`
	LastName       string  `json:"lastName"`
	Role           string  `json:"role"`
	Avatar         *string `json:"avatar"`
	IsActive       bool    `json:"isActive"`
	IsSuperAdmin   bool    `json:"isSuperAdmin"`
	LastLoginAt    *stamp  `json:"lastLoginAt"`
	MFAEnabled     bool    `json:"mfaEnabled"`
	MFAEnrolledAt  *stamp  `json:"mfaEnrolledAt"`
	CreatedAt      stamp   `json:"createdAt"`
	UpdatedAt      stamp   `json:"updatedAt"`
	OrganizationID string  `json:"organizationId"`
}

type userSecrets struct {
	PasswordHash  string   `json:"passwordHash"`
	Salt          string   `json:"salt"`
	MFASecret     string   `json:"mfaSecret"`
	PendingSecret string   `json:"pendingSecret"`
	BackupHashes  []string `json:"backupHashes"`
	TokensFrom    int64    `json:"tokensFrom"`   // tokens issued before this are dead, Unix milliseconds
	RevokedUntil  int64    `json:"revokedUntil"` // set by DELETE /users/:id for 7 days (contract rest 14)
}

type user struct {
	userRow
	userSecrets
}

// session is one refresh token. A rotation makes a new row of the same family.
type session struct {
	_          incomparable
	ID         string `json:"id"`
	UserID     string `json:"userId"`
	Family     string `json:"family"`
	Hash       string `json:"hash"`
	UserAgent  string `json:"userAgent"`
	IP         string `json:"ip"`
	CreatedAt  stamp  `json:"createdAt"`
	LastUsedAt stamp  `json:"lastUsedAt"`
	ExpiresAt  stamp  `json:"expiresAt"`
	RotatedAt  *stamp `json:"rotatedAt"`
	Revoked    bool   `json:"revoked"`
}

type displayRow struct {
	_                 incomparable
	ID                string  `json:"id"`
	OrganizationID    string  `json:"organizationId"`
	DeviceIdentifier  string  `json:"deviceIdentifier"`
	Nickname          *string `json:"nickname"`
	Description       *string `json:"description"`
	Location          *string `json:"location"`
	Status            string  `json:"status"`
	Orientation       string  `json:"orientation"`
	Resolution        *string `json:"resolution"`
	Timezone          string  `json:"timezone"`
	LastHeartbeat     *stamp  `json:"lastHeartbeat"`
	IsDisabled        bool    `json:"isDisabled"`
	CurrentPlaylistID *string `json:"currentPlaylistId"`
	CreatedAt         stamp   `json:"createdAt"`
	UpdatedAt         stamp   `json:"updatedAt"`
	PairedAt          *stamp  `json:"pairedAt"`
	UnpairedAt        *stamp  `json:"unpairedAt"`
}

type displayDetail struct {
	Metadata         json.RawMessage `json:"metadata"`
	LastScreenshot   *string         `json:"lastScreenshot"` // JSON in a string
	LastScreenshotAt *stamp          `json:"lastScreenshotAt"`
}

// displayLeaks are the columns that only schedules show (contract rest 8).
type displayLeaks struct {
	PairingCode          *string `json:"pairingCode"`
	PairingCodeExpiresAt *stamp  `json:"pairingCodeExpiresAt"`
	JWTToken             *string `json:"jwtToken"` // SHA-256 of the device token
	SocketID             *string `json:"socketId"`
}

type display struct {
	displayRow
	displayDetail
	displayLeaks
	Tags []tagLink `json:"tagLinks"`
	Past int       `json:"past"` // days of made-up history, of sample data
}

// tagLink ties a tag to a display or content.
type tagLink struct {
	ID        string `json:"id"`
	TagID     string `json:"tagId"`
	CreatedAt stamp  `json:"createdAt"`
}

type tagRow struct {
	_              incomparable
	ID             string  `json:"id"`
	Name           string  `json:"name"`
	Color          *string `json:"color"`
	CreatedAt      stamp   `json:"createdAt"`
	OrganizationID string  `json:"organizationId"`
}

type playlistRow struct {
	_              incomparable
	ID             string  `json:"id"`
	Name           string  `json:"name"`
	Description    *string `json:"description"`
	Loop           bool    `json:"loop"`
	IsDefault      bool    `json:"isDefault"`
	CreatedAt      stamp   `json:"createdAt"`
	UpdatedAt      stamp   `json:"updatedAt"`
	OrganizationID string  `json:"organizationId"`
}

type itemRow struct {
	_          incomparable
	ID         string `json:"id"`
	Order      int    `json:"order"`
	Duration   *int   `json:"duration"` // seconds; null = the content's
	CreatedAt  stamp  `json:"createdAt"`
	PlaylistID string `json:"playlistId"`
	ContentID  string `json:"contentId"`
}

type playlist struct {
	playlistRow
	Items []itemRow `json:"items"` // by order
}

type contentRow struct {
	ID                   string          `json:"id"`
	Name                 string          `json:"name"`
	Description          *string         `json:"description"`
	Type                 string          `json:"type"`
	URL                  string          `json:"url"`
	Thumbnail            *string         `json:"thumbnail"`
	Duration             int             `json:"duration"` // seconds
	FileSize             *int64          `json:"fileSize"` // bytes
	MimeType             *string         `json:"mimeType"`
	Metadata             json.RawMessage `json:"metadata"`
	Status               string          `json:"status"`
	IsGlobal             bool            `json:"isGlobal"`
	TemplateOrientation  *string         `json:"templateOrientation"`
	CreatedAt            stamp           `json:"createdAt"`
	UpdatedAt            stamp           `json:"updatedAt"`
	ExpiresAt            *stamp          `json:"expiresAt"`
	ReplacementContentID *string         `json:"replacementContentId"`
	PreviousVersionID    *string         `json:"previousVersionId"`
	VersionNumber        int             `json:"versionNumber"`
	OrganizationID       string          `json:"organizationId"`
	FolderID             *string         `json:"folderId"`
}

type content struct {
	contentRow
	Tags      []tagLink `json:"tagLinks"`
	ObjectKey string    `json:"objectKey"` // "" if no file of ours
}

type folderRow struct {
	_              incomparable
	ID             string  `json:"id"`
	Name           string  `json:"name"`
	ParentID       *string `json:"parentId"`
	OrganizationID string  `json:"organizationId"`
	CreatedAt      stamp   `json:"createdAt"`
	UpdatedAt      stamp   `json:"updatedAt"`
}

type scheduleRow struct {
	ID             string  `json:"id"`
	Name           string  `json:"name"`
	Description    *string `json:"description"`
	StartDate      stamp   `json:"startDate"`
	EndDate        *stamp  `json:"endDate"`
	StartTime      *int    `json:"startTime"` // minutes since midnight
	EndTime        *int    `json:"endTime"`
	DaysOfWeek     []int   `json:"daysOfWeek"` // 0 = Sunday
	Priority       int     `json:"priority"`
	IsActive       bool    `json:"isActive"`
	CreatedAt      stamp   `json:"createdAt"`
	UpdatedAt      stamp   `json:"updatedAt"`
	OrganizationID string  `json:"organizationId"`
	PlaylistID     string  `json:"playlistId"`
	DisplayID      *string `json:"displayId"`
	DisplayGroupID *string `json:"displayGroupId"`
}

type groupRow struct {
	_              incomparable
	ID             string  `json:"id"`
	Name           string  `json:"name"`
	Description    *string `json:"description"`
	CreatedAt      stamp   `json:"createdAt"`
	UpdatedAt      stamp   `json:"updatedAt"`
	OrganizationID string  `json:"organizationId"`
}

type memberRow struct {
	ID             string `json:"id"`
	DisplayID      string `json:"displayId"`
	DisplayGroupID string `json:"displayGroupId"`
	CreatedAt      stamp  `json:"createdAt"`
}

type group struct {
	groupRow
	Members []memberRow `json:"members"`
}

type notificationRow struct {
	ID             string          `json:"id"`
	Type           string          `json:"type"`
	Title          string          `json:"title"`
	Message        string          `json:"message"`
	Severity       string          `json:"severity"`
	Read           bool            `json:"read"`
	DismissedAt    *stamp          `json:"dismissedAt"`
	Metadata       json.RawMessage `json:"metadata"`
	OrganizationID string          `json:"organizationId"`
	UserID         *string         `json:"userId"`
	CreatedAt      stamp           `json:"createdAt"`
	UpdatedAt      stamp           `json:"updatedAt"`
}

// The ids by which tables find their rows.

func (r *display) key() string         { return r.ID }
func (r *playlist) key() string        { return r.ID }
func (r *content) key() string         { return r.ID }
func (r *folderRow) key() string       { return r.ID }
func (r *scheduleRow) key() string     { return r.ID }
func (r *group) key() string           { return r.ID }
func (r *tagRow) key() string          { return r.ID }
func (r *notificationRow) key() string { return r.ID }
func (r *user) key() string            { return r.ID }
func (r *session) key() string         { return r.ID }
