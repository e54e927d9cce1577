package journal

// This file is about one thing: telling a network file system, where locks and
// memory maps are not to be relied on.

import "syscall"

// Magic numbers of statfs(2).
const (
	nfsMagic  = 0x6969
	smbMagic  = 0x517B
	smb2Magic = 0xFE534D42
	cifsMagic = 0xFF534D42
	afsMagic  = 0x5346414F
	cephMagic = 0x00C36400
	v9fsMagic = 0x01021997
)

func remoteFileSystem(dir string) string {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return ""
	}
	switch uint32(st.Type) { //nolint:gosec // the magic numbers have 32 bits; the field's width differs by architecture
	case nfsMagic:
		return "NFS"
	case smbMagic, smb2Magic, cifsMagic:
		return "SMB"
	case afsMagic:
		return "AFS"
	case cephMagic:
		return "Ceph"
	case v9fsMagic:
		return "9P"
	}
	return ""
}
