// What the test cluster's pods run: a web server with a UDP echo beside it, and what shell-less tests need to look
// around from a pod ("get URL", "lookup NAME [SERVER]", "pause").
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	arguments := os.Args[1:]
	command := "web"
	if len(arguments) > 0 {
		command, arguments = arguments[0], arguments[1:]
	}
	switch {
	case command == "pause":
		pause()
	case command == "web":
		web(arguments)
	case command == "get" && len(arguments) == 1:
		get(arguments[0])
	case command == "lookup" && (len(arguments) == 1 || len(arguments) == 2):
		lookup(arguments)
	default:
		log.Fatalf("probe web [HTTP-PORT [UDP-PORT]] | get URL | lookup NAME [SERVER] | pause; not %q", os.Args[1:])
	}
}

// The first process of a pod's namespaces: ends when told to, and buries the dead if they are handed to it.
func pause() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
				break
			}
		}
	}
}

func port(arguments []string, index int, otherwise string) string {
	if len(arguments) > index {
		return ":" + arguments[index]
	}
	return otherwise
}

// Every answer names who answered and whom it saw: "HOST CLIENT-ADDRESS".
func web(arguments []string) {
	host, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	echo, err := net.ListenPacket("udp", port(arguments, 1, ":7"))
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		buffer := make([]byte, 65536)
		for {
			length, from, err := echo.ReadFrom(buffer)
			if err != nil {
				log.Fatal(err)
			}
			// What cannot be sent (too big for the way back, say) is lost, as datagrams are.
			_, _ = echo.WriteTo(buffer[:length], from)
		}
	}()
	http.HandleFunc("/", func(out http.ResponseWriter, request *http.Request) {
		client, _, _ := net.SplitHostPort(request.RemoteAddr)
		fmt.Fprintf(out, "%s %s\n", host, client)
	})
	// So many bytes, for what depends on the size of packets.
	http.HandleFunc("GET /bytes/{count}", func(out http.ResponseWriter, request *http.Request) {
		count, err := strconv.Atoi(request.PathValue("count"))
		if err != nil || count < 0 {
			http.Error(out, "not a number of bytes", http.StatusBadRequest)
			return
		}
		_, _ = io.CopyN(out, zeros{}, int64(count))
	})
	// What arrives is read to the end and counted.
	http.HandleFunc("POST /", func(out http.ResponseWriter, request *http.Request) {
		count, err := io.Copy(io.Discard, request.Body)
		if err != nil {
			http.Error(out, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(out, "%s received %d\n", host, count)
	})
	server := &http.Server{Addr: port(arguments, 0, ":8080")}
	context, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	go func() { log.Fatal(server.ListenAndServe()) }()
	<-context.Done()
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) {
	clear(into)
	return len(into), nil
}

func get(url string) {
	client := http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(os.Stdout, response.Body); err != nil {
		log.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		log.Fatal(response.Status)
	}
}

func lookup(arguments []string) {
	resolver := net.DefaultResolver
	if len(arguments) == 2 {
		server := net.JoinHostPort(arguments[1], "53")
		resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server)
		}}
	}
	deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	addresses, err := resolver.LookupHost(deadline, arguments[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Join(addresses, " "))
}
