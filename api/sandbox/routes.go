// The route table: every endpoint of the sandbox, who may call it, what gates it passes and what it takes.
// Read it next to contract rest 2 to 13; the columns are the contract's.

package sandbox

const (
	am  = admin | manager
	amv = admin | manager | viewer
)

func routeTable() []*route {
	var all []*route
	for _, part := range [][]*route{
		authRoutes(), mfaRoutes(), displayRoutes(), pairingRoutes(), playlistRoutes(), contentBulkRoutes(), contentRoutes(),
		folderRoutes(), scheduleRoutes(), groupRoutes(), notificationRoutes(), organizationRoutes(), apiKeyRoutes(), healthRoutes(),
	} {
		all = append(all, part...)
	}
	return all
}

func authRoutes() []*route {
	login := limit{prod: 5, dev: 1000}
	return []*route{
		{method: "POST", pattern: "/auth/register", access: public, handle: (*call).register, body: registerBody(), limit: limit{prod: 3, dev: 1000}},
		{method: "POST", pattern: "/auth/login", access: public, handle: (*call).login, body: loginBody(), limit: login},
		{method: "POST", pattern: "/auth/refresh", access: public, handle: (*call).refresh, limit: limit{prod: 10, dev: 1000}},
		{method: "POST", pattern: "/auth/logout", access: anyUser, handle: (*call).logout},
		{method: "GET", pattern: "/auth/sessions", access: anyUser, handle: (*call).listSessions},
		{method: "DELETE", pattern: "/auth/sessions", access: anyUser, handle: (*call).revokeOtherSessions},
		{method: "DELETE", pattern: "/auth/sessions/:id", access: anyUser, handle: (*call).revokeSession, ids: rawID},
		{method: "GET", pattern: "/auth/me", access: anyUser, handle: (*call).me},
		{method: "PATCH", pattern: "/auth/me", access: anyUser, handle: (*call).updateMe, body: meBody()},
		{method: "POST", pattern: "/auth/change-password", access: anyUser, handle: (*call).changePassword, body: changePasswordBody()},
	}
}

func mfaRoutes() []*route {
	slow := limit{prod: 10, dev: 1000}
	return []*route{
		{method: "POST", pattern: "/auth/mfa/enroll", access: enroll, handle: (*call).mfaEnroll, limit: slow},
		{method: "POST", pattern: "/auth/mfa/enable", access: enroll, handle: (*call).mfaEnable, body: codeBody(), ok: 200, limit: slow},
		{method: "POST", pattern: "/auth/mfa/challenge", access: public, handle: (*call).mfaChallenge, body: challengeBody(), ok: 200, limit: slow},
		{method: "POST", pattern: "/auth/mfa/disable", access: anyUser, handle: (*call).mfaDisable, body: codeBody(), ok: 200, limit: slow},
		{method: "GET", pattern: "/auth/mfa/status", access: anyUser, handle: (*call).mfaStatus},
		{method: "POST", pattern: "/auth/mfa/backup-codes/regenerate", access: anyUser, handle: (*call).mfaRegenerate, body: codeBody(), ok: 200, limit: slow},
	}
}

func displayRoutes() []*route {
	return []*route{
		{method: "POST", pattern: "/displays", access: am, gates: sub | quota, handle: (*call).createDisplay, body: displayBody()},
		{method: "GET", pattern: "/displays", access: anyUser, handle: (*call).listDisplays, query: paged()},
		{method: "POST", pattern: "/displays/bulk/delete", access: admin, gates: sub, handle: (*call).bulkDeleteDisplays, body: schema{idList("displayIds", 1, 100)}},
		{method: "POST", pattern: "/displays/bulk/assign-playlist", access: am, gates: sub | pub, handle: (*call).bulkAssignPlaylist, body: schema{idList("displayIds", 1, 100), required("playlistId")}},
		{method: "POST", pattern: "/displays/bulk/assign-group", access: am, gates: sub, handle: (*call).bulkAssignGroup, body: schema{idList("displayIds", 1, 100), required("displayGroupId")}},
		{method: "GET", pattern: "/displays/:id", access: anyUser, handle: (*call).getDisplay, ids: uuidID},
		{method: "PATCH", pattern: "/displays/:id", access: am, gates: sub, handle: (*call).updateDisplay, ids: uuidID, body: displayPatch()},
		{method: "DELETE", pattern: "/displays/:id", access: admin, gates: sub, handle: (*call).deleteDisplay, ids: uuidID},
		{method: "POST", pattern: "/displays/:id/pair", access: am, gates: sub, handle: (*call).issueDeviceToken, ids: uuidID},
		{method: "GET", pattern: "/displays/:id/tags", access: anyUser, handle: (*call).displayTags, ids: uuidID},
		{method: "POST", pattern: "/displays/:id/tags", access: am, gates: sub, handle: (*call).tagDisplay, ids: uuidID, body: schema{idList("tagIds", 1, 50)}},
		{method: "POST", pattern: "/displays/:id/tags/remove", access: admin, gates: sub, handle: (*call).untagDisplay, ids: uuidID, body: schema{idList("tagIds", 1, 50)}},
		{method: "POST", pattern: "/displays/:id/disable", access: admin, gates: sub, handle: (*call).disableDisplay, ids: uuidID},
		{method: "POST", pattern: "/displays/:id/enable", access: admin, gates: sub, handle: (*call).enableDisplay, ids: uuidID},
		{method: "POST", pattern: "/displays/:id/push-content", access: am, gates: sub | pub, handle: (*call).pushContent, ids: uuidID, body: pushBody()},
		{method: "POST", pattern: "/displays/:id/screenshot", access: am, gates: sub, handle: (*call).requestScreenshot, ids: uuidID},
		{method: "GET", pattern: "/displays/:id/screenshot", access: amv, handle: (*call).getScreenshot, ids: uuidID},
		{method: "PATCH", pattern: "/displays/:id/qr-overlay", access: am, gates: sub, handle: (*call).setQROverlay, ids: uuidID, body: qrBody()},
		{method: "DELETE", pattern: "/displays/:id/qr-overlay", access: am, gates: sub, handle: (*call).clearQROverlay, ids: uuidID},
		{method: "POST", pattern: "/displays/:id/heartbeat", access: device, handle: (*call).deviceHeartbeat, ids: uuidID},
	}
}

func pairingRoutes() []*route {
	return []*route{
		{method: "POST", pattern: "/devices/pairing/request", access: public, handle: (*call).requestPairing, body: pairingRequestBody(), limit: limit{prod: 5, dev: 5}},
		{method: "GET", pattern: "/devices/pairing/status/:code", access: public, handle: (*call).pairingStatus, ids: rawID, limit: limit{prod: 40, dev: 40}},
		{method: "POST", pattern: "/devices/pairing/complete", access: am, gates: sub, handle: (*call).completePairing, body: pairingCompleteBody(), limit: limit{prod: 5, dev: 5}},
		{method: "GET", pattern: "/devices/pairing/active", access: am, handle: (*call).activePairings},
	}
}

func playlistRoutes() []*route {
	return []*route{
		{method: "POST", pattern: "/playlists", access: am, gates: sub, handle: (*call).createPlaylist, body: playlistBody()},
		{method: "GET", pattern: "/playlists", access: anyUser, handle: (*call).listPlaylists, query: paged()},
		{method: "GET", pattern: "/playlists/:id", access: anyUser, handle: (*call).getPlaylist},
		{method: "PATCH", pattern: "/playlists/:id", access: am, gates: sub, handle: (*call).updatePlaylist, body: playlistPatch()},
		{method: "DELETE", pattern: "/playlists/:id", access: admin, gates: sub, handle: (*call).deletePlaylist},
		{method: "POST", pattern: "/playlists/:id/duplicate", access: am, gates: sub, handle: (*call).duplicatePlaylist},
		{method: "POST", pattern: "/playlists/:id/reorder", access: am, gates: sub, handle: (*call).reorderPlaylist, body: schema{idList("itemIds", 0, 0)}},
		{method: "POST", pattern: "/playlists/:id/items", access: am, gates: sub, handle: (*call).addItem, body: itemBody()},
		{method: "PATCH", pattern: "/playlists/:id/items/:itemId", access: am, gates: sub, handle: (*call).updateItem, body: itemPatch()},
		{method: "DELETE", pattern: "/playlists/:id/items/:itemId", access: admin, gates: sub, handle: (*call).removeItem},
	}
}

func contentRoutes() []*route {
	note := schema(optional(text("note", maxLength(2000))))
	return []*route{
		{method: "POST", pattern: "/content", access: am, gates: sub, handle: (*call).createContent, body: contentBody()},
		{method: "POST", pattern: "/content/upload", access: am, gates: sub, handle: (*call).uploadContent, limit: limit{prod: 30, dev: 30}},
		{method: "GET", pattern: "/content", access: anyUser, keys: true, handle: (*call).listContent, query: contentQuery()},
		{method: "GET", pattern: "/content/tags", access: anyUser, handle: (*call).contentTags},
		{method: "GET", pattern: "/content/:id", access: anyUser, handle: (*call).getContent},
		{method: "GET", pattern: "/content/:id/download", access: anyUser, handle: (*call).downloadContent},
		{method: "PATCH", pattern: "/content/:id", access: am, gates: sub, handle: (*call).updateContent, body: contentPatch()},
		{method: "DELETE", pattern: "/content/:id", access: admin, gates: sub, handle: (*call).deleteContent},
		{method: "POST", pattern: "/content/:id/archive", access: am, gates: sub, handle: (*call).archiveContent},
		{method: "POST", pattern: "/content/:id/restore", access: am, gates: sub, handle: (*call).restoreContent, ok: 200},
		{method: "POST", pattern: "/content/:id/thumbnail", access: am, gates: sub, handle: (*call).makeThumbnail, ok: 200},
		{method: "PATCH", pattern: "/content/:id/expiration", access: am, gates: sub, handle: (*call).setExpiration, body: expirationBody()},
		{method: "DELETE", pattern: "/content/:id/expiration", access: am, gates: sub, handle: (*call).clearExpiration},
		{method: "POST", pattern: "/content/:id/replace", access: am, gates: sub, handle: (*call).replaceContent, ok: 200},
		{method: "GET", pattern: "/content/:id/versions", access: anyUser, handle: (*call).contentVersions},
		{method: "POST", pattern: "/content/:id/flag", access: amv, gates: sub, handle: (*call).flagContent, ok: 200, body: optional(text("reason", maxLength(500))), limit: limit{prod: 10, dev: 10}},
		{method: "POST", pattern: "/content/:id/review", access: am, gates: sub, handle: (*call).reviewContent, ok: 200, body: reviewBody()},
		{method: "POST", pattern: "/content/:id/submit-for-approval", access: amv, gates: sub, handle: (*call).submitForApproval, ok: 200, body: note},
		{method: "POST", pattern: "/content/:id/approve", access: am, gates: sub, handle: (*call).needsApproval, ok: 200, body: note},
		{method: "POST", pattern: "/content/:id/reject-from-approval", access: am, gates: sub, handle: (*call).needsApproval, ok: 200, body: schema{bounded("reason", 3, 2000)}},
	}
}

func contentBulkRoutes() []*route {
	ids := schema{idList("ids", 1, 100)}
	return []*route{
		{method: "POST", pattern: "/content/bulk/update", access: am, gates: sub, handle: (*call).bulkUpdateContent, ok: 200, body: bulkUpdateBody()},
		{method: "POST", pattern: "/content/bulk/archive", access: am, gates: sub, handle: (*call).bulkArchive, ok: 200, body: ids},
		{method: "POST", pattern: "/content/bulk/restore", access: am, gates: sub, handle: (*call).bulkRestore, ok: 200, body: ids},
		{method: "POST", pattern: "/content/bulk/duration", access: am, gates: sub, handle: (*call).bulkDuration, ok: 200, body: with(ids, []field{integer("duration", atLeast(1))})},
		{method: "POST", pattern: "/content/bulk/delete", access: admin, gates: sub, handle: (*call).bulkDeleteContent, ok: 200, body: ids},
		{method: "POST", pattern: "/content/bulk/tags", access: am, gates: sub, handle: (*call).bulkTags, ok: 200, body: bulkTagsBody()},
	}
}

func folderRoutes() []*route {
	return []*route{
		{method: "POST", pattern: "/folders", access: am, gates: sub, handle: (*call).createFolder, body: with(schema{bounded("name", 1, 100)}, optional(text("parentId")))},
		{method: "GET", pattern: "/folders", access: anyUser, handle: (*call).listFolders},
		{method: "GET", pattern: "/folders/:id", access: anyUser, handle: (*call).getFolder},
		{method: "PATCH", pattern: "/folders/:id", access: am, gates: sub, handle: (*call).updateFolder, body: optional(bounded("name", 1, 100), text("parentId"))},
		{method: "DELETE", pattern: "/folders/:id", access: am, gates: sub, handle: (*call).deleteFolder},
		{method: "POST", pattern: "/folders/:id/content", access: am, gates: sub, handle: (*call).moveContent, ok: 200, body: schema{idList("contentIds", 1, 0)}},
		{method: "GET", pattern: "/folders/:id/content", access: anyUser, handle: (*call).folderContent, query: contentQuery()},
	}
}

func scheduleRoutes() []*route {
	return []*route{
		{method: "POST", pattern: "/schedules", access: am, gates: sub, handle: (*call).createSchedule, body: scheduleBody()},
		{method: "GET", pattern: "/schedules", access: anyUser, handle: (*call).listSchedules, query: paged()},
		{method: "POST", pattern: "/schedules/check-conflicts", access: am, gates: sub, handle: (*call).checkConflicts, body: conflictBody()},
		{method: "GET", pattern: "/schedules/:id", access: anyUser, handle: (*call).getSchedule},
		{method: "PATCH", pattern: "/schedules/:id", access: am, gates: sub, handle: (*call).updateSchedule, body: schedulePatch()},
		{method: "DELETE", pattern: "/schedules/:id", access: admin, gates: sub, handle: (*call).deleteSchedule},
		{method: "POST", pattern: "/schedules/:id/duplicate", access: am, gates: sub, handle: (*call).duplicateSchedule},
	}
}

func groupRoutes() []*route {
	members := schema{idList("displayIds", 1, 0)}
	return []*route{
		{method: "POST", pattern: "/display-groups", access: am, gates: sub, handle: (*call).createGroup, body: with(schema{bounded("name", 1, 100)}, optional(text("description", maxLength(500))))},
		{method: "GET", pattern: "/display-groups", access: anyUser, handle: (*call).listGroups, query: paged()},
		{method: "GET", pattern: "/display-groups/:id", access: anyUser, handle: (*call).getGroup},
		{method: "PATCH", pattern: "/display-groups/:id", access: am, gates: sub, handle: (*call).updateGroup, body: optional(bounded("name", 1, 100), text("description", maxLength(500)))},
		{method: "DELETE", pattern: "/display-groups/:id", access: admin, gates: sub, handle: (*call).deleteGroup},
		{method: "POST", pattern: "/display-groups/:id/displays", access: am, gates: sub, handle: (*call).addMembers, body: members},
		{method: "DELETE", pattern: "/display-groups/:id/displays", access: am, gates: sub, handle: (*call).removeMembers, body: members},
	}
}

func notificationRoutes() []*route {
	return []*route{
		{method: "POST", pattern: "/notifications", access: admin, handle: (*call).createNotification, body: notificationBody()},
		{method: "GET", pattern: "/notifications", access: anyUser, handle: (*call).listNotifications, query: notificationQuery()},
		{method: "GET", pattern: "/notifications/unread-count", access: anyUser, handle: (*call).unreadCount},
		{method: "POST", pattern: "/notifications/read-all", access: anyUser, handle: (*call).readAll, ok: 200},
		{method: "PATCH", pattern: "/notifications/:id/read", access: anyUser, handle: (*call).readNotification},
		{method: "PATCH", pattern: "/notifications/:id/dismiss", access: anyUser, handle: (*call).dismissNotification},
	}
}

func organizationRoutes() []*route {
	return []*route{
		{method: "GET", pattern: "/organizations/current", access: anyUser, handle: (*call).currentOrganization},
		{method: "GET", pattern: "/organizations/storage", access: anyUser, handle: (*call).organizationStorage},
		{method: "GET", pattern: "/organizations/feature-flags", access: anyUser, handle: (*call).featureFlags},
		{method: "PATCH", pattern: "/organizations/feature-flags", access: admin, handle: (*call).setFeatureFlags, body: flagsBody()},
		{method: "PATCH", pattern: "/organizations/current/mfa-required", access: admin, handle: (*call).requireMFA, body: schema{boolean("mfaRequired")}},
		{method: "GET", pattern: "/organizations/:id", access: anyUser, handle: (*call).getOrganization, ids: uuidID},
		{method: "GET", pattern: "/users", access: am, handle: (*call).listUsers, query: paged()},
		{method: "POST", pattern: "/users/invite", access: admin, handle: (*call).inviteUser, body: inviteBody()},
		{method: "GET", pattern: "/users/:id", access: am, handle: (*call).getUser, ids: uuidID},
		{method: "PATCH", pattern: "/users/:id", access: admin, handle: (*call).updateUser, ids: uuidID, body: userPatch()},
		{method: "DELETE", pattern: "/users/:id", access: admin, handle: (*call).deactivateUser, ids: uuidID},
	}
}

func healthRoutes() []*route {
	calm := limit{skip: true}
	return []*route{
		{method: "GET", pattern: "/", access: anyUser, handle: (*call).hello},
		{method: "GET", pattern: "/health", access: public, handle: (*call).health, limit: calm},
		{method: "GET", pattern: "/ready", access: public, handle: (*call).ready, limit: calm},
		{method: "GET", pattern: "/health/live", access: public, handle: (*call).healthLive, limit: calm},
		{method: "GET", pattern: "/health/ready", access: public, handle: (*call).healthReady, limit: calm},
		{method: "GET", pattern: "/health/validation", access: anyUser, handle: (*call).healthValidation, limit: calm},
	}
}
