# Mail::Message, the reader of Mail::Box.
use strict; use warnings;
use FindBin; use lib $FindBin::Bin; use Observe;
use Mail::Message; use Mail::Message::Field::Full;

sub string { return defined $_[0] ? "$_[0]" : undef; }

sub leaves { my $part = shift;
    my $body = $part->body;
    return map { leaves($_) } $body->parts if $part->isMultipart;
    my $type = $body->mimeType->type;
    return [$type, string($body->dispositionFilename), undef, undef, undef] if $part->body->isNested;
    my $disposition = $part->head->get('Content-Disposition');
    my $decoded = $body->decoded(result_type => 'Mail::Message::Body::Lines');
    my $octets = $body->encode(transfer_encoding => 'none', charset => $body->charset // 'PERL')->string;
    my $text = $type =~ m{^text/}i ? $decoded->string : undef;
    return [$type, string($body->dispositionFilename), defined $disposition ? $disposition->body : undef, Encode::is_utf8($octets) ? undef : $octets, $text]; }

sub addresses { my ($message, $field) = @_;
    my $full = $message->head->study($field) or return undef;
    return [map { [string($_->phrase // ''), string($_->address)] } $full->addresses]; }

Observe::seen(sub { my $path = shift;
    open my $file, '<:raw', $path or die;
    my $message = Mail::Message->read($file, strip_status_fields => 0);
    my $subject = $message->head->study('Subject');
    return { subject => defined $subject ? string($subject->decodedBody) : undef, from => addresses($message, 'From'), to => addresses($message, 'To'),
        %{Observe::sorted(leaves($message))} }; });
