package cmdutil

// This file is about one thing: TLS as a profile wants it.

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/config"
)

// TLSConfig returns the profile's private authorities and client certificate;
// nil when it has neither.
func TLSConfig(p *config.Profile) (*tls.Config, error) {
	if p.CAFile == "" && p.ClientCert == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if p.CAFile != "" {
		pem, err := os.ReadFile(p.CAFile)
		if err != nil {
			return nil, &api.Error{Kind: api.KindLocal, Field: config.KeyCAFile, Value: p.CAFile, Message: "the authorities' file cannot be read: " + err.Error(), Err: err}
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, api.Invalid(config.KeyCAFile, p.CAFile, "holds no certificate", "it must be a PEM file with BEGIN CERTIFICATE")
		}
		c.RootCAs = pool
	}
	if p.ClientCert != "" {
		pair, err := tls.LoadX509KeyPair(p.ClientCert, p.ClientKey)
		if err != nil {
			return nil, &api.Error{Kind: api.KindLocal, Field: config.KeyClientCert, Value: p.ClientCert, Message: "the client certificate cannot be used: " + err.Error(), Err: err}
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
