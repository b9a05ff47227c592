# Email::MIME with Email::Address::XS.
use strict; use warnings;
use FindBin; use lib $FindBin::Bin; use Observe;
use Email::MIME;

sub leaves { my $part = shift;
    my $type = $part->content_type // 'text/plain';
    $type =~ s/;.*//s; $type =~ s/\s//g;
    return map { leaves($_) } $part->subparts if $type =~ m{^multipart/}i && $part->subparts;
    my $disposition = ($part->header_raw('Content-Disposition') // '') =~ /^\s*([\w-]+)/ ? $1 : undef;
    my $text = $type =~ m{^text/}i ? eval { $part->body_str } : undef;
    return [$type, $part->filename, $disposition, $type =~ m{^message/}i ? undef : $part->body, $text]; }

sub addresses { my ($message, $field) = @_;
    my $object = $message->header_as_obj($field) or return undef;
    return [map { [$_->phrase // '', $_->address] } $object->addresses]; }

Observe::seen(sub { my $path = shift;
    open my $file, '<:raw', $path or die; local $/; my $message = Email::MIME->new(scalar <$file>);
    return { subject => scalar $message->header_str('Subject'), from => addresses($message, 'From'), to => addresses($message, 'To'),
        %{Observe::sorted(leaves($message))} }; });
