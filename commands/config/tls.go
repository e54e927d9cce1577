// This file is about one thing: the certificates of a profile.

package config

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/vizora/vizora-cli/api"
)

// TLS returns the TLS configuration of the profile; nil when nothing is set, so
// that the system's holds. Files that cannot be used are an api.Error of
// KindLocal that names the setting.
func (p *Profile) TLS() (*tls.Config, error) {
	if p.CAFile == "" && p.ClientCert == "" && p.ClientKey == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.CAFile != "" {
		pool, err := authorities(p.CAFile)
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	if p.ClientCert == "" && p.ClientKey == "" {
		return c, nil
	}
	if p.ClientCert == "" || p.ClientKey == "" {
		return nil, api.Errorf(api.KindInvalid, "%s and %s go together; one is missing", KeyClientCert, KeyClientKey).
			WithHint("set both with 'vizora profile set'")
	}
	pair, err := tls.LoadX509KeyPair(p.ClientCert, p.ClientKey)
	if err != nil {
		return nil, localError("the client certificate "+p.ClientCert+" cannot be used", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}

// authorities adds those of a file to the system's.
func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, localError(KeyCAFile+" "+file+" cannot be read", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, api.Errorf(api.KindLocal, "%s %s holds no certificate", KeyCAFile, file).
			WithHint("give a PEM file, with lines such as -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}
