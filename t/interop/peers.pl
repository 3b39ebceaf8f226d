# Mail::DKIM for dkim.t: "sign KEY DOMAIN SELECTOR CANON" or "verify NAME RECORD", a message on
# standard input. Prints the signed message, or the result.
use strict;
use warnings;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

binmode STDIN;
binmode STDOUT;
my ($command, @arguments) = @ARGV;
my $text = do { local $/; <STDIN> };

if ($command eq 'sign') {
	my ($key, $domain, $selector, $canon) = @arguments;
	my $signer = Mail::DKIM::Signer->new(
		Algorithm => 'rsa-sha256', Method => $canon, Domain => $domain,
		Selector => $selector, KeyFile => $key);
	$signer->PRINT($text);
	$signer->CLOSE;
	print $signer->signature->as_string, "\r\n", $text;
} else {
	my ($name, $record) = @arguments;
	no warnings 'redefine';
	*Mail::DKIM::DNS::query = sub {
		return lc $_[0] eq lc $name
			? Net::DNS::RR->new(name => $name, type => 'TXT', txtdata => [$record]) : ();
	};
	my $verifier = Mail::DKIM::Verifier->new;
	$verifier->PRINT($text);
	$verifier->CLOSE;
	print $verifier->result_detail, "\n";
}
