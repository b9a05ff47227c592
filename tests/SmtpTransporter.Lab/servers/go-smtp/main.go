// Port 2725: clear text. Port 2726: STARTTLS and login.
package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"io/ioutil"
	"log"
	"os"
	"strings"
	"sync/atomic"

	"github.com/emersion/go-smtp"
)

var count int64

type backend struct{}

type session struct {
	from string
	to   []string
}

func refusal(text string, code ...int) error {
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, code[0], code[1]}, Message: text}
}

func (backend) Login(state *smtp.ConnectionState, user, password string) (smtp.Session, error) {
	if user != "me" || password != "secret" {
		return nil, &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "wrong"}
	}
	return &session{}, nil
}

func (backend) AnonymousLogin(state *smtp.ConnectionState) (smtp.Session, error) {
	return &session{}, nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, options smtp.MailOptions) error {
	if strings.HasPrefix(from, "bad@") {
		return refusal("sender refused", 7, 1)
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string) error {
	if strings.HasPrefix(to, "refused") {
		return refusal("no such user", 1, 1)
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	message, err := ioutil.ReadAll(r)
	if err != nil {
		return err
	}
	head := message
	if len(head) > 2000 {
		head = head[:2000]
	}
	if bytes.Contains(head, []byte("CONTENT-REFUSED")) {
		return refusal("content refused", 7, 1)
	}
	file := "/store/" + fmt.Sprintf("%d-%d", os.Getpid(), atomic.AddInt64(&count, 1))
	lines := fmt.Sprintf("MAIL %s\nRCPT %s\n\n", s.from, strings.Join(s.to, "\nRCPT "))
	if err := ioutil.WriteFile(file+".part", append([]byte(lines), message...), 0644); err != nil {
		return err
	}
	return os.Rename(file+".part", file+".msg")
}

func main() {
	certificate, err := tls.LoadX509KeyPair("/store/tls/certificate.pem", "/store/tls/key.pem")
	if err != nil {
		log.Fatal(err)
	}
	clear, secure := smtp.NewServer(backend{}), smtp.NewServer(backend{})
	clear.Addr, clear.AuthDisabled = "127.0.0.1:2725", true
	secure.Addr, secure.TLSConfig = "127.0.0.1:2726", &tls.Config{Certificates: []tls.Certificate{certificate}}
	for _, server := range []*smtp.Server{clear, secure} {
		server.Domain, server.EnableSMTPUTF8, server.MaxMessageBytes = "go-smtp.test", true, 2000000
	}
	go func() { log.Fatal(clear.ListenAndServe()) }()
	log.Fatal(secure.ListenAndServe())
}
