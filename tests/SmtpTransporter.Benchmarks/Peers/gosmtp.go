// Go's net/smtp. It builds no messages: a fixed one is sent. What it reads and prints: see Contestants/Worker.cs.
package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/smtp"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

type measurement struct {
	Messages       int     `json:"messages"`
	Opening        int     `json:"opening"`
	Seconds        float64 `json:"seconds"`
	CPUSeconds     float64 `json:"cpuSeconds"`
	AllocatedBytes uint64  `json:"allocatedBytes"`
	Error          string  `json:"error,omitempty"`
}

func cpu() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func open(host string, port int, secure bool) (*smtp.Client, error) {
	client, err := smtp.Dial(fmt.Sprintf("%s:%d", host, port))
	if err == nil && secure {
		err = client.StartTLS(&tls.Config{ServerName: host})
	}
	return client, err
}

func send(client *smtp.Client, message []byte) error {
	if err := client.Mail("sender@example.com"); err != nil {
		return err
	}
	if err := client.Rcpt("recipient@example.org"); err != nil {
		return err
	}
	data, err := client.Data()
	if err != nil {
		return err
	}
	if _, err = data.Write(message); err != nil {
		return err
	}
	return data.Close()
}

func inLanes(clients []*smtp.Client, count int, message []byte) error {
	failures := make([]error, len(clients))
	var lanes sync.WaitGroup
	for lane := range clients {
		messages := count / len(clients)
		if lane < count%len(clients) {
			messages++
		}
		lanes.Add(1)
		go func(lane, messages int) {
			defer lanes.Done()
			for i := 0; i < messages && failures[lane] == nil; i++ {
				failures[lane] = send(clients[lane], message)
			}
		}(lane, messages)
	}
	lanes.Wait()
	for _, failure := range failures {
		if failure != nil {
			return failure
		}
	}
	return nil
}

func measure(line string) (m measurement, err error) {
	var host, size string
	var port, secure, connections, count int
	if _, err = fmt.Sscan(line, &host, &port, &secure, &size, &connections, &count); err != nil {
		return
	}
	message, err := os.ReadFile(os.Getenv("BENCHMARKS_CONTENT") + "/" + size + ".eml")
	if err != nil {
		return
	}
	clients := make([]*smtp.Client, connections)
	for i := range clients {
		if clients[i], err = open(host, port, secure == 1); err != nil {
			return
		}
		defer clients[i].Quit()
	}
	if err = inLanes(clients, connections, message); err != nil {
		return
	}
	used, bytes, start := cpu(), allocated(), time.Now()
	if err = inLanes(clients, count, message); err != nil {
		return
	}
	return measurement{Messages: count, Opening: connections, Seconds: time.Since(start).Seconds(), CPUSeconds: cpu() - used, AllocatedBytes: allocated() - bytes}, nil
}

func main() {
	fmt.Println(runtime.Version(), "net/smtp")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		m, err := measure(lines.Text())
		if err != nil {
			m = measurement{Error: err.Error()}
		}
		out, _ := json.Marshal(m)
		fmt.Println(string(out))
	}
}
