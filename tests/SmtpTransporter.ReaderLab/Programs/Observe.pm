# What a library says about each message of a folder, as one line of JSON a message.
package Observe;
use strict; use warnings;
use JSON::PP; use Digest::SHA 'sha256_hex'; use Encode; use File::Basename;

sub text { my ($charset, $content) = @_;
    my $encoding = Encode::find_encoding($charset) or return undef;
    return $encoding->decode($content // ''); }

sub lines_of { my $text = shift; return undef unless defined $text; $text =~ s/\r\n/\n/g; $text =~ s/\n+\z//; return $text; }

# Leaves are [type, name, disposition, content, text]. The first text and the first HTML that are no files are the bodies.
sub sorted {
    my $found = { text => undef, html => undef, files => [] };
    for my $leaf (@_) {
        my ($type, $name, $disposition, $content, $text) = @$leaf;
        my $field = { 'text/plain' => 'text', 'text/html' => 'html' }->{lc $type};
        if ($field && !defined $found->{$field} && !length($name // '') && lc($disposition // '') ne 'attachment') {
            $found->{$field} = lines_of($text) // '';
        } else {
            push @{$found->{files}}, { name => $name, hash => defined $content ? sha256_hex($content) : undef };
        }
    }
    return $found; }

sub seen { my $read = shift;
    my $json = JSON::PP->new->ascii->canonical;
    for my $path (sort glob("$ARGV[0]/*.eml")) {
        my $found = eval { $read->($path) } // { error => "$@" };
        print $json->encode({ message => basename($path, '.eml'), %$found }), "\n";
    } }

1;
