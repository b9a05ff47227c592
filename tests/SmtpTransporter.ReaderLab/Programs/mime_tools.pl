# MIME::Tools with MIME::WordDecoder, the reader of many scanners.
use strict; use warnings;
use Encode; use MIME::Parser; use MIME::WordDecoder 'mime_to_perl_string'; use Mail::Address;
use FindBin; use lib $FindBin::Bin; use Observe;

sub words_of { my $raw = shift; return undef unless defined $raw; $raw =~ s/\r?\n//g; return mime_to_perl_string($raw); }

sub addresses { my $raw = shift; return undef unless defined $raw; $raw =~ s/\r?\n//g;
    return [map { [words_of($_->phrase =~ /^"(.*)"$/s ? $1 =~ s/\\(.)/$1/gr : $_->phrase) // '', Encode::decode('UTF-8', $_->address)] } Mail::Address->parse($raw)]; }

sub leaves { my $part = shift;
    return map { leaves($_) } $part->parts if $part->parts && $part->effective_type !~ m{^message/}i;
    my $head = $part->head;
    my $name = $head->recommended_filename;
    my $content = $part->effective_type =~ m{^message/}i && $part->parts ? undef : $part->bodyhandle ? $part->bodyhandle->as_string : '';
    my $charset = $head->mime_attr('content-type.charset') || 'us-ascii';
    my $text = $part->effective_type =~ m{^text/}i ? Observe::text($charset, $content) : undef;
    return [$part->effective_type, $name, $head->mime_attr('content-disposition'), $content, $text]; }

Observe::seen(sub { my $path = shift;
    my $parser = MIME::Parser->new; $parser->output_to_core(1); $parser->tmp_to_core(1); $parser->extract_nested_messages(1);
    my $entity = $parser->parse_open($path);
    my $head = $entity->head; $head->unfold;
    return { subject => words_of($head->get('Subject', 0)), from => addresses($head->get('From', 0)), to => addresses($head->get('To', 0)),
        %{Observe::sorted(leaves($entity))} }; });
