// Package api is what Vizora understands: one HTTP client (auth, envelope,
// errors, retry, pace) and typed resources, each described once.
//
// Nothing here prints, and nothing here knows a terminal. The facts it is built
// on are the platform's observed REST contract; comments cite its sections as
// "contract rest N".
package api
