// The route table: every endpoint of the sandbox, who may call it, what gates it passes and what it takes, in the language
// of spec.go. Read it next to contract rest 2 to 22; ROUTES.md is made from it.

package sandbox

// routeTable is every endpoint. The first that matches wins, as in Express: literal paths stand before those with parameters.
func routeTable() []*route {
	var all []*route
	for _, part := range [][]endpoint{
		authEndpoints(), displayEndpoints(), playlistEndpoints(), contentEndpoints(), contentKindEndpoints(), folderEndpoints(),
		scheduleEndpoints(), groupEndpoints(), analyticsEndpoints(), healthEndpoints(), notificationEndpoints(), alertRuleEndpoints(),
		organizationEndpoints(), userEndpoints(), tagRuleEndpoints(), webhookEndpoints(), fleetEndpoints(), provisioningEndpoints(),
		libraryEndpoints(), supportEndpoints(), billingEndpoints(),
	} {
		for _, e := range part {
			all = append(all, e.compile())
		}
	}
	return all
}

func authEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /auth/register public limit=3/1000", handle: (*call).register, body: "email:email password:@newPassword firstName:text(2..100) lastName:text(2..100) organizationName:text(2..255) organizationSlug?:@slug"},
		{line: "POST /auth/login public limit=5/1000", handle: (*call).login, body: "email:@loginEmail password:@loginPassword"},
		{line: "POST /auth/google public limit=3/1000", handle: (*call).loginGoogle, body: "credential:text!"},
		{line: "POST /auth/refresh public limit=10/1000", handle: (*call).refresh},
		{line: "POST /auth/logout any", handle: (*call).logout},
		{line: "POST /auth/change-password any", handle: (*call).changePassword, body: "currentPassword:text! newPassword:@newPassword"},
		{line: "POST /auth/forgot-password public limit=5/1000", handle: (*call).forgotPassword, body: "email:@loginEmail"},
		{line: "GET /auth/validate-reset-token public limit=5/1000", handle: (*call).validateResetToken},
		{line: "POST /auth/reset-password public limit=5/1000", handle: (*call).resetPassword, body: "token:text! newPassword:@newPassword"},
		{line: "DELETE /auth/account any limit=3/1000", handle: (*call).deleteAccount, body: "password:text! confirmation:text!"},
		{line: "GET /auth/sessions any", handle: (*call).listSessions},
		{line: "DELETE /auth/sessions any", handle: (*call).revokeOtherSessions},
		{line: "DELETE /auth/sessions/:id any raw", handle: (*call).revokeSession},
		{line: "GET /auth/me any", handle: (*call).me},
		{line: "PATCH /auth/me any", handle: (*call).updateMe, body: "firstName?:text(1..50) lastName?:text(1..50)"},
		{line: "GET /auth/me/avatar any", handle: (*call).getAvatar},
		{line: "POST /auth/me/avatar any", handle: (*call).setAvatar},
		{line: "DELETE /auth/me/avatar any", handle: (*call).clearAvatar},
		{line: "POST /auth/mfa/enroll enroll limit=10/1000", handle: (*call).mfaEnroll},
		{line: "POST /auth/mfa/enable enroll 200 limit=10/1000", handle: (*call).mfaEnable, body: "code:text(4..64)"},
		{line: "POST /auth/mfa/challenge public 200 limit=10/1000", handle: (*call).mfaChallenge, body: "challengeToken:@challenge code:text(4..64)"},
		{line: "POST /auth/mfa/disable any 200 limit=10/1000", handle: (*call).mfaDisable, body: "code:text(4..64)"},
		{line: "GET /auth/mfa/status any", handle: (*call).mfaStatus},
		{line: "POST /auth/mfa/backup-codes/regenerate any 200 limit=10/1000", handle: (*call).mfaRegenerate, body: "code:text(4..64)"},
		{line: "POST /api-keys A", handle: (*call).createAPIKey, body: "name:text! scopes?:@scopes expiresAt?:date"},
		{line: "GET /api-keys A,M", handle: (*call).listAPIKeys},
		{line: "DELETE /api-keys/:id A", handle: (*call).revokeAPIKey},
	}
}

const (
	orientations  = "landscape|portrait|landscape_flipped|portrait_flipped"
	displayFields = "description?:text location?:text status?:online|offline|error orientation?:" + orientations + " resolution?:text metadata?:obj"
	displayIDs    = "displayIds:ids(1..100)"
	tagIDs        = "tagIds:ids(1..50)"
)

func displayEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /displays A,M Sub,Q", handle: (*call).createDisplay, body: "name:text(1..100) deviceId:text " + displayFields},
		{line: "GET /displays any", handle: (*call).listDisplays, query: "page"},
		{line: "POST /displays/bulk/delete A Sub", handle: (*call).bulkDeleteDisplays, body: displayIDs},
		{line: "POST /displays/bulk/assign-playlist A,M Sub,Pub", handle: (*call).bulkAssignPlaylist, body: displayIDs + " playlistId:text!"},
		{line: "POST /displays/bulk/assign-group A,M Sub", handle: (*call).bulkAssignGroup, body: displayIDs + " displayGroupId:text!"},
		{line: "GET /displays/:id any uuid", handle: (*call).getDisplay},
		{line: "PATCH /displays/:id A,M Sub uuid", handle: (*call).updateDisplay, body: "name?:text(1..100) deviceId?:text " + displayFields + " currentPlaylistId?:text"},
		{line: "DELETE /displays/:id A Sub uuid", handle: (*call).deleteDisplay},
		{line: "POST /displays/:id/pair A,M Sub uuid", handle: (*call).issueDeviceToken},
		{line: "GET /displays/:id/tags any uuid", handle: (*call).displayTags},
		{line: "POST /displays/:id/tags A,M Sub uuid", handle: (*call).tagDisplay, body: tagIDs},
		{line: "POST /displays/:id/tags/remove A Sub uuid", handle: (*call).untagDisplay, body: tagIDs},
		{line: "POST /displays/:id/disable A Sub uuid", handle: (*call).disableDisplay},
		{line: "POST /displays/:id/enable A Sub uuid", handle: (*call).enableDisplay},
		{line: "POST /displays/:id/push-content A,M Sub,Pub uuid", handle: (*call).pushContent, body: "contentId:text! duration?:int(1..1440)"},
		{line: "POST /displays/:id/screenshot A,M Sub uuid", handle: (*call).requestScreenshot},
		{line: "GET /displays/:id/screenshot A,M,V uuid", handle: (*call).getScreenshot},
		{line: "PATCH /displays/:id/qr-overlay A,M Sub uuid", handle: (*call).setQROverlay, body: "enabled:bool url:text position:top-left|top-right|bottom-left|bottom-right size?:num(60..300) opacity?:num(0..1) margin?:num(0..100) backgroundColor?:text label?:text"},
		{line: "DELETE /displays/:id/qr-overlay A,M Sub uuid", handle: (*call).clearQROverlay},
		{line: "POST /displays/:id/heartbeat device uuid", handle: (*call).deviceHeartbeat},
		{line: "POST /devices/pairing/request public limit=5", handle: (*call).requestPairing, body: "deviceIdentifier:text! nickname?:text metadata?:obj"},
		{line: "GET /devices/pairing/status/:code public raw limit=40", handle: (*call).pairingStatus},
		{line: "POST /devices/pairing/complete A,M Sub limit=5", handle: (*call).completePairing, body: "code:text(6..6) nickname?:text location?:text provisioningTemplateId?:text"},
		{line: "GET /devices/pairing/active A,M", handle: (*call).activePairings},
	}
}

const playlistFields = "description?:text loop?:bool isDefault?:bool items?:[contentId:text order?:num duration?:num]"

func playlistEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /playlists A,M Sub", handle: (*call).createPlaylist, body: "name:text! " + playlistFields},
		{line: "GET /playlists any", handle: (*call).listPlaylists, query: "page"},
		{line: "GET /playlists/:id any", handle: (*call).getPlaylist},
		{line: "PATCH /playlists/:id A,M Sub", handle: (*call).updatePlaylist, body: "name?:text! " + playlistFields},
		{line: "DELETE /playlists/:id A Sub", handle: (*call).deletePlaylist},
		{line: "POST /playlists/:id/duplicate A,M Sub", handle: (*call).duplicatePlaylist},
		{line: "POST /playlists/:id/reorder A,M Sub", handle: (*call).reorderPlaylist, body: "itemIds:ids(0..)"},
		{line: "POST /playlists/:id/items A,M Sub", handle: (*call).addItem, body: "contentId:text! duration?:int(1..86400)"},
		{line: "PATCH /playlists/:id/items/:itemId A,M Sub", handle: (*call).updateItem, body: "duration?:int(1..86400)"},
		{line: "DELETE /playlists/:id/items/:itemId A Sub", handle: (*call).removeItem},
	}
}

const (
	anyOrientation = "landscape|portrait|both"
	contentFields  = "description?:text thumbnail?:text duration?:int(1..) fileSize?:int(0..) mimeType?:text metadata?:obj expiresAt?:date replacementContentId?:text templateOrientation?:" + anyOrientation + " fileHash?:text"
	contentTypes   = "image|video|url|html|pdf|template"
	contentQuery   = "page type?:" + contentTypes + "|layout|widget status?:active|archived|draft|flagged|rejected|pending_approval|expired|ready|processing|error templateOrientation?:" + anyOrientation + " search?:text(..120) dateRange?:7days|30days|90days tagNames?:@names tagIds?:@repeated"
	contentSet     = "ids:ids(1..100)"
)

func contentEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /content/bulk/update A,M Sub 200", handle: (*call).bulkUpdateContent, body: contentSet + " duration?:int(1..) description?:text expiresAt?:date replacementContentId?:text"},
		{line: "POST /content/bulk/archive A,M Sub 200", handle: (*call).bulkArchive, body: contentSet},
		{line: "POST /content/bulk/restore A,M Sub 200", handle: (*call).bulkRestore, body: contentSet},
		{line: "POST /content/bulk/duration A,M Sub 200", handle: (*call).bulkDuration, body: contentSet + " duration:int(1..)"},
		{line: "POST /content/bulk/delete A Sub 200", handle: (*call).bulkDeleteContent, body: contentSet},
		{line: "POST /content/bulk/tags A,M Sub 200", handle: (*call).bulkTags, body: "contentIds:ids(1..100) tagIds:ids(1..100) operation?:add|remove|replace"},
		{line: "POST /content A,M Sub", handle: (*call).createContent, body: "name:text! type:" + contentTypes + " url:@contentURL " + contentFields},
		{line: "POST /content/upload A,M Sub limit=30", handle: (*call).uploadContent},
		{line: "GET /content any keys", handle: (*call).listContent, query: contentQuery},
		{line: "GET /content/tags any", handle: (*call).contentTags},
	}
}

// contentKindEndpoints are templates, layouts and widgets, and then what is done to one content: their paths would match /content/:id.
func contentKindEndpoints() []endpoint {
	const (
		layout = "split-horizontal|split-vertical|grid-2x2|main-sidebar|l-shape|custom"
		zones  = "zones?:[id:text name:text gridArea:text playlistId?:text contentId?:text widgetId?:text] gridTemplate?:obj gap?:num(0..) backgroundColor?:text"
	)
	return []endpoint{
		{line: "POST /content/templates A,M Sub", handle: (*call).createTemplate, body: "name:text description?:text templateHtml:text dataSource:{" + templateSource + "} refreshConfig:{enabled:bool intervalMinutes:int(1..)} sampleData?:obj duration?:int(1..)"},
		{line: "POST /content/templates/preview A,M 200 html", handle: (*call).previewTemplate, body: "templateHtml:text dataSource?:{" + templateSource + "} sampleData?:obj"},
		{line: "POST /content/templates/validate A,M 200", handle: (*call).validateTemplate, body: "templateHtml:text"},
		{line: "PATCH /content/templates/:id A,M Sub", handle: (*call).updateTemplate, body: "name?:text description?:text templateHtml?:text dataSource?:{" + templateSource + "} refreshConfig?:{enabled:bool intervalMinutes:int(1..)} sampleData?:obj duration?:int(1..)"},
		{line: "GET /content/templates/:id/rendered A,M html", handle: (*call).renderedTemplate},
		{line: "POST /content/templates/:id/refresh A,M Sub", handle: (*call).refreshTemplate},
		{line: "GET /content/layouts A,M,V", handle: (*call).listLayouts, query: "page"},
		{line: "GET /content/layouts/presets A,M,V", handle: (*call).layoutPresets},
		{line: "POST /content/layouts A,M Sub", handle: (*call).createLayout, body: "name:text description?:text layoutType:" + layout + " " + zones},
		{line: "PATCH /content/layouts/:id A,M Sub", handle: (*call).updateLayout, body: "name?:text description?:text layoutType?:" + layout + " " + zones},
		{line: "GET /content/layouts/:id/resolved A,M,V", handle: (*call).resolvedLayout},
		{line: "DELETE /content/layouts/:id A,M Sub", handle: (*call).deleteContent},
		{line: "GET /content/widgets A,M,V", handle: (*call).listWidgets, query: "page"},
		{line: "GET /content/widgets/types A,M,V", handle: (*call).widgetTypes},
		{line: "GET /content/widgets/weather/preview A,M,V", handle: (*call).previewWidget},
		{line: "GET /content/widgets/sheets/preview A,M,V", handle: (*call).previewWidget},
		{line: "GET /content/widgets/rss/preview A,M,V", handle: (*call).previewWidget},
		{line: "POST /content/widgets A,M Sub", handle: (*call).createWidget, body: "name:text description?:text widgetType:" + widgetKinds + "|clock|countdown widgetConfig:obj duration?:int(1..)"},
		{line: "PATCH /content/widgets/:id A,M Sub", handle: (*call).updateWidget},
		{line: "POST /content/widgets/:id/refresh A,M Sub 200", handle: (*call).refreshWidget},
		{line: "GET /content/:id any", handle: (*call).getContent},
		{line: "GET /content/:id/download any", handle: (*call).downloadContent},
		{line: "PATCH /content/:id A,M Sub", handle: (*call).updateContent, body: "name?:text! type?:" + contentTypes + " url?:@contentURL " + contentFields},
		{line: "DELETE /content/:id A Sub", handle: (*call).deleteContent},
		{line: "POST /content/:id/archive A,M Sub", handle: (*call).archiveContent},
		{line: "POST /content/:id/restore A,M Sub 200", handle: (*call).restoreContent},
		{line: "POST /content/:id/thumbnail A,M Sub 200", handle: (*call).makeThumbnail},
		{line: "PATCH /content/:id/expiration A,M Sub", handle: (*call).setExpiration, body: "expiresAt:date replacementContentId?:text"},
		{line: "DELETE /content/:id/expiration A,M Sub", handle: (*call).clearExpiration},
		{line: "POST /content/:id/replace A,M Sub 200", handle: (*call).replaceContent},
		{line: "GET /content/:id/versions any", handle: (*call).contentVersions},
		{line: "POST /content/:id/flag A,M,V Sub 200 limit=10", handle: (*call).flagContent, body: "reason?:text(..500)"},
		{line: "POST /content/:id/review A,M Sub 200", handle: (*call).reviewContent, body: "action:approve|reject reason?:text(..500)"},
		{line: "POST /content/:id/submit-for-approval A,M,V Sub 200", handle: (*call).submitForApproval, body: "note?:text(..2000)"},
		{line: "POST /content/:id/approve A,M Sub 200", handle: (*call).needsApproval, body: "note?:text(..2000)"},
		{line: "POST /content/:id/reject-from-approval A,M Sub 200", handle: (*call).needsApproval, body: "reason:text(3..2000)"},
	}
}

func folderEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /folders A,M Sub", handle: (*call).createFolder, body: "name:text(1..100) parentId?:text"},
		{line: "GET /folders any", handle: (*call).listFolders},
		{line: "GET /folders/:id any", handle: (*call).getFolder},
		{line: "PATCH /folders/:id A,M Sub", handle: (*call).updateFolder, body: "name?:text(1..100) parentId?:text"},
		{line: "DELETE /folders/:id A,M Sub", handle: (*call).deleteFolder},
		{line: "POST /folders/:id/content A,M Sub 200", handle: (*call).moveContent, body: "contentIds:ids(1..)"},
		{line: "GET /folders/:id/content any", handle: (*call).folderContent, query: contentQuery},
	}
}

func scheduleEndpoints() []endpoint {
	const (
		minutes = "startTime?:int(0..1439) endTime?:int(0..1439) "
		fields  = " description?:text displayId?:text displayGroupId?:text endDate?:date " + minutes + "priority?:int isActive?:bool"
	)
	return []endpoint{
		{line: "POST /schedules A,M Sub", handle: (*call).createSchedule, body: "name:text playlistId:text startDate:date daysOfWeek:@days" + fields},
		{line: "GET /schedules any", handle: (*call).listSchedules, query: "page"},
		{line: "POST /schedules/check-conflicts A,M Sub", handle: (*call).checkConflicts, body: "daysOfWeek:@days displayId?:text displayGroupId?:text " + minutes + "startDate?:date endDate?:date excludeScheduleId?:text"},
		{line: "GET /schedules/:id any", handle: (*call).getSchedule},
		{line: "PATCH /schedules/:id A,M Sub", handle: (*call).updateSchedule, body: "name?:text playlistId?:text startDate?:date daysOfWeek?:@days" + fields},
		{line: "DELETE /schedules/:id A Sub", handle: (*call).deleteSchedule},
		{line: "POST /schedules/:id/duplicate A,M Sub", handle: (*call).duplicateSchedule},
		{line: "GET /schedules/active/:displayId device uuid", handle: (*call).activeSchedules},
	}
}

func groupEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /display-groups A,M Sub", handle: (*call).createGroup, body: "name:text(1..100) description?:text(..500)"},
		{line: "GET /display-groups any", handle: (*call).listGroups, query: "page"},
		{line: "GET /display-groups/:id any", handle: (*call).getGroup},
		{line: "PATCH /display-groups/:id A,M Sub", handle: (*call).updateGroup, body: "name?:text(1..100) description?:text(..500)"},
		{line: "DELETE /display-groups/:id A Sub", handle: (*call).deleteGroup},
		{line: "POST /display-groups/:id/displays A,M Sub", handle: (*call).addMembers, body: "displayIds:ids(1..)"},
		{line: "DELETE /display-groups/:id/displays A,M Sub", handle: (*call).removeMembers, body: "displayIds:ids(1..)"},
	}
}

func analyticsEndpoints() []endpoint {
	const (
		played = "dateFrom?:date dateTo?:date contentId?:text(1..) displayId?:text(1..) playlistId?:text(1..) displayTagId?:text(1..) tz?:text page?:int(1..) limit?:int(1..500)"
	)
	return []endpoint{
		{line: "GET /analytics/summary A,M,V", handle: (*call).analyticsSummary},
		{line: "GET /analytics/device-metrics A,M", handle: (*call).deviceMetrics},
		{line: "GET /analytics/content-performance A,M", handle: (*call).contentPerformance},
		{line: "GET /analytics/usage-trends A,M", handle: (*call).usageTrends},
		{line: "GET /analytics/device-distribution A,M", handle: (*call).deviceDistribution},
		{line: "GET /analytics/bandwidth A,M", handle: (*call).bandwidth},
		{line: "GET /analytics/playlist-performance A,M", handle: (*call).playlistPerformance},
		{line: "GET /analytics/export A,M", handle: (*call).exportAnalytics},
		{line: "GET /analytics/content/:contentId/metrics A,M", handle: (*call).contentMetrics},
		{line: "GET /analytics/device-uptime/:deviceId A,M,V", handle: (*call).deviceUptime},
		{line: "GET /analytics/uptime-summary A,M,V", handle: (*call).uptimeSummary},
		{line: "GET /analytics/proof-of-play A,M", handle: (*call).proofOfPlay, query: played},
		{line: "GET /analytics/proof-of-play.csv A,M", handle: (*call).proofOfPlayCSV, query: played},
	}
}

func healthEndpoints() []endpoint {
	return []endpoint{
		{line: "GET / any", handle: (*call).hello},
		{line: "GET /health public calm", handle: (*call).health},
		{line: "GET /ready public calm", handle: (*call).ready},
		{line: "GET /health/live public calm", handle: (*call).healthLive},
		{line: "GET /health/ready public calm", handle: (*call).healthReady},
		{line: "GET /health/validation any calm", handle: (*call).healthValidation},
		{line: "GET /health/ops-status any calm", handle: (*call).opsStatus},
		{line: "POST /health/ops-status any calm", handle: (*call).setOpsStatus},
	}
}

func notificationEndpoints() []endpoint {
	const severities = "info|warning|critical"
	return []endpoint{
		{line: "POST /notifications A", handle: (*call).createNotification, body: "title:text! message:text! severity?:" + severities + " type?:device_offline|device_online|content_expired|system metadata?:obj userId?:text"},
		{line: "GET /notifications any", handle: (*call).listNotifications, query: "page read?:true|false severity?:" + severities},
		{line: "GET /notifications/unread-count any", handle: (*call).unreadCount},
		{line: "POST /notifications/read-all any 200", handle: (*call).readAll},
		{line: "PATCH /notifications/:id/read any", handle: (*call).readNotification},
		{line: "PATCH /notifications/:id/dismiss any", handle: (*call).dismissNotification},
	}
}

func alertRuleEndpoints() []endpoint {
	const (
		recipient = "channel:in(in_app|email|slack_webhook) target:@target"
		trigger   = "in(device.offline)"
		scope     = "in(all|tag|group|display) scopeTagId?:text scopeGroupId?:text scopeDisplayId?:text minOfflineSec?:@offline"
	)
	return []endpoint{
		{line: "POST /notifications/alert-rules A", handle: (*call).createAlertRule, body: "name:text(1..120) triggerEvent:" + trigger + " scope:" + scope + " recipients:@recipients isActive?:bool"},
		{line: "GET /notifications/alert-rules any", handle: (*call).listAlertRules, query: "triggerEvent?:" + trigger + " isActive?:bool"},
		{line: "GET /notifications/alert-rules/:id any", handle: (*call).getAlertRule},
		{line: "PATCH /notifications/alert-rules/:id A", handle: (*call).updateAlertRule, body: "name?:text(1..120) triggerEvent?:" + trigger + " scope?:" + scope + " isActive?:bool"},
		{line: "DELETE /notifications/alert-rules/:id A 204", handle: (*call).deleteAlertRule},
		{line: "POST /notifications/alert-rules/:id/recipients A", handle: (*call).addRecipient, body: recipient},
		{line: "DELETE /notifications/alert-rules/:id/recipients/:recipientId A 204", handle: (*call).removeRecipient},
	}
}

func organizationEndpoints() []endpoint {
	const fields = "logoUrl?:text plan?:free|pro|enterprise settings?:obj country?:text gstin?:text"
	return []endpoint{
		{line: "POST /organizations A", handle: (*call).createOrganization, body: "name:text slug:text " + fields},
		{line: "GET /organizations/current any", handle: (*call).currentOrganization},
		{line: "GET /organizations/storage any", handle: (*call).organizationStorage},
		{line: "GET /organizations/feature-flags any", handle: (*call).featureFlags},
		{line: "PATCH /organizations/feature-flags A", handle: (*call).setFeatureFlags, body: "weatherWidget?:bool rssWidget?:bool clockWidget?:bool fleetControl?:bool contentModeration?:bool customBranding?:bool advancedAnalytics?:bool emergencyOverride?:bool"},
		{line: "PATCH /organizations/current/mfa-required A", handle: (*call).requireMFA, body: "mfaRequired:bool"},
		{line: "GET /organizations/:id any uuid", handle: (*call).getOrganization},
		{line: "PATCH /organizations/:id A uuid", handle: (*call).updateOrganization, body: "name?:text slug?:text " + fields},
		{line: "DELETE /organizations/:id A uuid", handle: (*call).deleteOrganization},
		{line: "GET /organizations/:id/branding A,M,V uuid", handle: (*call).getBranding},
		{line: "PUT /organizations/:id/branding A uuid", handle: (*call).setBranding, body: "name:text(..100) logoUrl?:text primaryColor:@color secondaryColor:@color accentColor?:@color fontFamily?:sans|serif|mono showPoweredBy:bool customDomain?:text(..255) customCSS?:text(..5000)"},
		{line: "POST /organizations/:id/branding/logo A uuid", handle: (*call).uploadLogo},
		{line: "GET /audit-logs A", handle: (*call).auditLogs, query: "page"},
	}
}

func userEndpoints() []endpoint {
	const role = "role:admin|manager|viewer"
	return []endpoint{
		{line: "GET /users A,M", handle: (*call).listUsers, query: "page"},
		{line: "POST /users/invite A", handle: (*call).inviteUser, body: "email:email firstName:text(1..50) lastName:text(1..50) " + role},
		{line: "POST /users/me/data-export A limit=2", handle: (*call).exportUserData},
		{line: "GET /users/:id A,M uuid", handle: (*call).getUser},
		{line: "PATCH /users/:id A uuid", handle: (*call).updateUser, body: "firstName?:text(..50) lastName?:text(..50) role?:admin|manager|viewer isActive?:bool"},
		{line: "DELETE /users/:id A uuid", handle: (*call).deactivateUser},
	}
}

func tagRuleEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /tag-rules A", handle: (*call).createTagRule, body: "name:text(1..120) tagId:text(1..) playlistId:text(1..) priority?:@rank isActive?:bool"},
		{line: "GET /tag-rules any", handle: (*call).listTagRules, query: "tagId?:text playlistId?:text isActive?:bool"},
		{line: "GET /tag-rules/:id any", handle: (*call).getTagRule},
		{line: "PATCH /tag-rules/:id A", handle: (*call).updateTagRule, body: "name?:text(1..120) tagId?:text(1..) playlistId?:text(1..) priority?:@rank isActive?:bool"},
		{line: "DELETE /tag-rules/:id A 204", handle: (*call).deleteTagRule},
		{line: "POST /tag-rules/:id/re-evaluate A", handle: (*call).reEvaluateTagRule},
	}
}

func webhookEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /webhooks A", handle: (*call).createWebhook, body: "name:text(1..120) url:@https secret:@secret events:@events isActive?:bool"},
		{line: "GET /webhooks any", handle: (*call).listWebhooks},
		{line: "GET /webhooks/:id any", handle: (*call).getWebhook},
		{line: "PATCH /webhooks/:id A", handle: (*call).updateWebhook, body: "name?:text(1..120) url?:@https secret?:@secret events?:@events isActive?:bool"},
		{line: "DELETE /webhooks/:id A 204", handle: (*call).deleteWebhook},
		{line: "GET /webhooks/:id/deliveries A,M", handle: (*call).listDeliveries, query: "page status?:success|failure|blocked"},
	}
}

func fleetEndpoints() []endpoint {
	return []endpoint{
		{line: "POST /fleet/commands A,M Sub", handle: (*call).fleetCommand, body: "command:reload|restart|reboot|clear_cache|push_content|update target?:{type:device|group|organization|tag id:@targetID} payload?:{contentId?:text duration?:@minutes priority?:normal|emergency feedUrl?:text}"},
		{line: "GET /fleet/overrides/active A,M", handle: (*call).activeOverrides},
		{line: "DELETE /fleet/overrides/:commandId A Sub uuid", handle: (*call).clearOverride},
	}
}

func provisioningEndpoints() []endpoint {
	const fields = "description?:text(..500) defaultOrientation?:in(landscape|portrait) defaultTimezone?:text(1..64) defaultPlaylistId?:text(1..) isDefault?:bool"
	return []endpoint{
		{line: "POST /provisioning-templates A", handle: (*call).createProvisioning, body: "name:text(1..120) " + fields},
		{line: "GET /provisioning-templates any", handle: (*call).listProvisioning},
		{line: "GET /provisioning-templates/:id any", handle: (*call).getProvisioning},
		{line: "PATCH /provisioning-templates/:id A", handle: (*call).updateProvisioning, body: "name?:text(1..120) " + fields},
		{line: "DELETE /provisioning-templates/:id A 204", handle: (*call).deleteProvisioning},
	}
}

func libraryEndpoints() []endpoint {
	const (
		search = "search?:text category?:retail|restaurant|corporate|education|healthcare|events|general|indian tag?:text orientation?:" + anyOrientation + " difficulty?:beginner|intermediate|advanced page?:int(1..) limit?:int(1..)"
	)
	return []endpoint{
		{line: "GET /template-library A,M,V", handle: (*call).searchLibrary, query: search},
		{line: "GET /template-library/categories A,M,V", handle: (*call).libraryCategories},
		{line: "GET /template-library/featured A,M,V", handle: (*call).featuredTemplates},
		{line: "GET /template-library/seasonal A,M,V", handle: (*call).seasonalTemplates},
		{line: "GET /template-library/popular A,M,V", handle: (*call).popularTemplates},
		{line: "GET /template-library/user-templates A,M,V", handle: (*call).userTemplates, query: search},
		{line: "POST /template-library/ai-generate A,M 200", handle: (*call).generateTemplate},
		{line: "POST /template-library A", handle: (*call).superAdminOnly},
		{line: "GET /template-library/:id A,M,V", handle: (*call).getLibraryTemplate},
		{line: "GET /template-library/:id/preview A,M,V html", handle: (*call).previewLibraryTemplate},
		{line: "POST /template-library/:id/clone A,M", handle: (*call).cloneTemplate, body: "name?:text description?:text"},
		{line: "POST /template-library/:id/publish A,M", handle: (*call).publishTemplate, body: "renderedHtml:text(1..) displayIds:ids name:text(1..) duration?:int(1..300)"},
		{line: "PATCH /template-library/:id/save A,M", handle: (*call).saveTemplate, body: "templateHtml:text(1..) name?:text"},
		{line: "PATCH /template-library/:id/featured A", handle: (*call).superAdminOnly},
		{line: "PATCH /template-library/:id A", handle: (*call).superAdminOnly},
		{line: "DELETE /template-library/:id A 204", handle: (*call).superAdminOnly},
	}
}

func supportEndpoints() []endpoint {
	const (
		status   = "open|in_progress|resolved|closed|wont_fix"
		priority = "critical|high|medium|low"
	)
	return []endpoint{
		{line: "POST /support/requests any limit=5/1000", handle: (*call).createSupport, body: "message:text(1..5000) context?:{pageUrl?:text browserInfo?:text consoleErrors?:text} clientMutationId?:text(..80)"},
		{line: "GET /support/requests any", handle: (*call).listSupport, query: "status?:" + status + " priority?:" + priority + " category?:bug_report|feature_request|help_question|template_request|feedback|urgent_issue|account_issue search?:text page?:int(1..) limit?:int(1..100)"},
		{line: "GET /support/stats A", handle: (*call).supportStats},
		{line: "GET /support/requests/:id any uuid", handle: (*call).getSupport},
		{line: "PATCH /support/requests/:id A uuid", handle: (*call).updateSupport, body: "status?:" + status + " priority?:" + priority + " resolutionNotes?:text"},
		{line: "POST /support/requests/:id/messages any uuid", handle: (*call).addSupportMessage, body: "content:text(1..5000) clientMutationId?:text(..80)"},
	}
}

func billingEndpoints() []endpoint {
	return []endpoint{
		{line: "GET /billing/subscription any", handle: (*call).subscription},
		{line: "GET /billing/quota any", handle: (*call).screenQuota},
		{line: "GET /billing/plans any", handle: (*call).plans, query: "country?:text interval?:monthly|yearly"},
		{line: "GET /billing/entitlement/banner any", handle: (*call).entitlementBanner},
		{line: "GET /billing/invoices A", handle: (*call).invoices, query: "limit?:int(1..100)"},
		{line: "GET /billing/portal A", handle: (*call).billingPortal, query: "returnUrl?:text"},
	}
}
