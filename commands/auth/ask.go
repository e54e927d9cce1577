package auth

// This file is about one thing: where the e-mail, the password and the code
// come from.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vizora/vizora-cli/api"
	"github.com/vizora/vizora-cli/commands/cmdutil"
	"github.com/vizora/vizora-cli/commands/config"
	"github.com/vizora/vizora-cli/output"
)

// The server's limits (contract rest 1.8, 2).
const (
	passwordMax   = 128 // characters
	codeMin       = 4   // characters
	codeMax       = 64
	codeTries     = 5 // per challenge
	challengeLife = 5 * time.Minute
)

// ask asks for a line; without a terminal it fails with what is missing and how
// else to give it.
func (o *loginOptions) ask(ctx context.Context, prompt, missing, fix string) (string, error) {
	return answer(func() (string, error) { return o.factory.IO.Ask(ctx, prompt) }, missing, fix)
}

func answer(read func() (string, error), missing, fix string) (string, error) {
	text, err := read()
	switch {
	case errors.Is(err, output.ErrNoTerminal):
		return "", cmdutil.Usage("%s, and there is no terminal to ask on", missing).WithHint("%s", fix)
	case errors.Is(err, io.EOF), err == nil && text == "":
		return "", api.Errorf(api.KindDeclined, "%s", missing).WithHint("%s", fix)
	}
	return text, err
}

func checkEmail(email string) error {
	name, host, ok := strings.Cut(email, "@")
	if !ok || name == "" || host == "" || strings.ContainsAny(email, " \t\r\n") {
		return api.Invalid(config.KeyEmail, email, "is not an e-mail address", "give it as name@example.com")
	}
	return nil
}

// password takes the first of --password-stdin, VIZORA_PASSWORD and the
// terminal. It is checked for what the server would refuse anyway: a refused
// sign-in counts towards the lock (contract rest 1.8).
func (o *loginOptions) password(ctx context.Context, p *config.Profile) (string, error) {
	password, err := o.givenPassword(ctx)
	if err == nil && password == "" {
		prompt := fmt.Sprintf("Password of %s at %s: ", p.Email, p.URL)
		password, err = answer(func() (string, error) { return o.factory.IO.Password(ctx, prompt) },
			"no password was given", "give it with --password-stdin or in "+config.EnvPassword)
	}
	if err == nil && len([]rune(password)) > passwordMax {
		err = api.Errorf(api.KindInvalid, "the password is longer than the %d characters that the server takes", passwordMax)
	}
	return password, err
}

func (o *loginOptions) givenPassword(ctx context.Context) (string, error) {
	if !o.passwordStdin {
		password, _ := o.factory.Env(config.EnvPassword)
		return password, nil
	}
	if o.factory.IO.StdinTTY() {
		return "", cmdutil.Usage("--password-stdin reads a file or a pipe, and stdin is a terminal").
			WithHint("leave the flag out to be asked, or: vizora auth login --password-stdin < FILE")
	}
	text, err := readAll(ctx, o.factory.IO.In())
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if text == "" {
		return "", cmdutil.Usage("--password-stdin: stdin is empty")
	}
	return text, nil
}

// readAll reads a short input, and stops waiting for it when ctx ends.
func readAll(ctx context.Context, in io.Reader) (string, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(in, 64<<10))
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return "", &api.Error{Kind: api.KindLocal, Message: "cannot read the password from stdin: " + r.err.Error(), Err: r.err}
		}
		return string(r.data), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// challenge asks for codes until the server accepts one or has had enough. It
// answers a wrong code, an old challenge and a used one all with 401, so each
// refusal is shown in its own words and the tries are counted here.
func (o *loginOptions) challenge(ctx context.Context, client *api.Client, token string) (*api.Session, error) {
	started := o.factory.Now()
	given, _ := o.factory.Env(config.EnvMFACode)
	for try := 1; ; try++ {
		code, err := o.code(ctx, given)
		if err != nil {
			return nil, err
		}
		wait := o.factory.IO.Wait("checking the code")
		session, err := client.Challenge(ctx, token, code)
		wait.Stop()
		if err == nil {
			return session, nil
		}
		over := given != "" || try == codeTries || o.factory.Now().Sub(started) > challengeLife
		if !api.IsKind(err, api.KindUnauthenticated) || over {
			return nil, explainCode(err)
		}
		o.factory.IO.Warn("%v; %d of %d tries left", err, codeTries-try, codeTries)
	}
}

// code returns one of a length that the server looks at.
func (o *loginOptions) code(ctx context.Context, given string) (string, error) {
	for {
		code := given
		if code == "" {
			var err error
			if code, err = o.ask(ctx, "Code of your authenticator app, or a backup code: ", "this account has a second factor, and no code was given",
				"set "+config.EnvMFACode+" to a current code"); err != nil {
				return "", err
			}
		}
		code = strings.ReplaceAll(strings.TrimSpace(code), " ", "") // apps show "123 456"
		if len(code) >= codeMin && len(code) <= codeMax {
			return code, nil
		}
		if given != "" {
			return "", api.Errorf(api.KindInvalid, "%s is not a code: it must have %d to %d characters", config.EnvMFACode, codeMin, codeMax)
		}
		o.factory.IO.Warn("a code has %d to %d characters", codeMin, codeMax)
	}
}

// explain says what a refused sign-in means, where the general hint of its kind
// would mislead.
func explain(err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if !ok {
		return err
	}
	switch {
	case e.Kind == api.KindUnauthenticated:
		e.Hint = "check the e-mail address and the password; ten failures lock the account for 15 minutes"
	case e.Kind == api.KindForbidden:
		e.Hint = "an admin of your organisation can activate the account"
	case e.Kind == api.KindRejected:
		e.Hint = "the server does not take this e-mail address or password; are both whole?"
	case e.Kind == api.KindRateLimited && e.RetryAfter > 0:
		e.Hint = "the server asks to wait " + output.HumanDuration(e.RetryAfter) + " before the next sign-in"
	case e.Status == http.StatusServiceUnavailable:
		e.Hint = "the platform cannot check sign-ins just now (its Redis does not answer); try again, or tell its admin"
	}
	return e
}

func explainCode(err error) error {
	e, ok := errors.AsType[*api.Error](err)
	if ok && e.Kind == api.KindUnauthenticated {
		e.Hint = "start again with 'vizora auth login'; if the codes never fit, check the clock of the device that makes them"
	}
	return err
}
